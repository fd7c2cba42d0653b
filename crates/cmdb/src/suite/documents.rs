//! Laws of documents.

use super::{Lab, at};
use crate::Document;

fn document(name: &str, value: i64, second: i64) -> Document {
    Document { name: name.to_owned(), value: value.into(), at: at(second) }
}

pub async fn a_document_reads_back_after_a_restart_and_a_newer_takes_its_place(lab: &dyn Lab) {
    let store = lab.open().await;
    store.put_documents("room", &[document("a", 1, 1), document("b", 2, 1)]).await.unwrap();
    store.put_documents("room", &[document("a", 3, 2)]).await.unwrap();
    let store = lab.open().await;
    assert_eq!(store.document("room", "a").await.unwrap(), Some(document("a", 3, 2)));
    assert_eq!(store.document("other", "a").await.unwrap(), None);
}

pub async fn documents_come_in_the_order_of_their_names(lab: &dyn Lab) {
    let store = lab.open().await;
    store.put_documents("room", &[document("b", 2, 1), document("a", 1, 1), document("c", 3, 1)]).await.unwrap();
    store.put_documents("other", &[document("d", 4, 1)]).await.unwrap();
    assert_eq!(store.documents("room", "", 2).await.unwrap(), [document("a", 1, 1), document("b", 2, 1)]);
    assert_eq!(store.documents("room", "b", 2).await.unwrap(), [document("c", 3, 1)]);
    assert_eq!(store.delete_documents("room", &["a".into(), "x".into()]).await.unwrap(), 1);
    assert_eq!(store.documents("room", "", 9).await.unwrap().len(), 2);
}
