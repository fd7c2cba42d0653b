//! The estate: what people have written down about it (roles, projects, groups …) and the hosts. It stands in memory, where every request
//! and every decision looks, and in the CMDB; one master serves at a time, and loads it when it begins to.
//!
//! Who changes it takes the turn first, looks, decides, and writes once: the catalogue and the audit log in one commit, memory after it.

pub mod check;
pub mod facts;
pub mod groups;
pub mod hosts;
pub mod list;
pub mod nouns;
pub mod once;
pub mod tables;
pub mod view;

use crate::policy::roles::Compiled;
use api::nouns::{Kind, Noun};
use cmdb::{AuditEntry, Host, Object, ObjectId, ObjectWrite, Page, Store};
use model::MinionId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use tokio::sync::{Mutex, MutexGuard};

/// An object of the catalogue, read.
#[derive(Debug)]
pub struct Item {
    /// As it is stored.
    pub object: Object,
    /// What it is.
    pub kind: Kind,
    /// What it says.
    pub noun: Noun,
    /// The role in a form that can be asked, if it is one.
    pub role: Option<Arc<Compiled>>,
}

#[derive(Default)]
struct Held {
    items: BTreeMap<(Kind, ObjectId), Arc<Item>>,
    hosts: BTreeMap<MinionId, Arc<Host>>,
}

/// The estate.
pub struct Estate {
    store: Arc<dyn Store>,
    held: RwLock<Held>,
    turn: Mutex<()>,
    /// Counts changes: what was worked out before one is out of date after it.
    generation: AtomicU64,
}

impl Estate {
    /// Reads it from the store.
    ///
    /// # Errors
    /// When the store is away, or holds something that cannot be read.
    pub async fn load(store: Arc<dyn Store>) -> cmdb::Result<Self> {
        let mut held = Held::default();
        let mut after = String::new();
        loop {
            let part = store.objects(&after, Page::MAX).await?;
            let Some(last) = part.last() else { break };
            after.clone_from(&last.id.0);
            for object in part {
                let item = item(object)?;
                held.items.insert((item.kind, item.object.id.clone()), Arc::new(item));
            }
        }
        let mut page = Page::first(Page::MAX);
        loop {
            let part = store.hosts(&page).await?;
            held.hosts.extend(part.items.into_iter().map(|host| (host.id.clone(), Arc::new(host))));
            match part.next {
                Some(cursor) => page = Page::after(cursor, Page::MAX),
                None => break,
            }
        }
        let estate = Self { store, held: RwLock::new(held), turn: Mutex::default(), generation: AtomicU64::new(1) };
        estate.find_missing().await?;
        Ok(estate)
    }

    /// Waits for the right to change it.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// How often it has changed.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Everything of a kind, in the order of their ids.
    #[must_use]
    pub fn all(&self, kind: Kind) -> Vec<Arc<Item>> {
        let first = (kind, ObjectId(String::new()));
        let held = self.read();
        held.items.range(first..).take_while(|((of, _), _)| *of == kind).map(|(_, item)| Arc::clone(item)).collect()
    }

    /// What has an id.
    #[must_use]
    pub fn get(&self, kind: Kind, id: &str) -> Option<Arc<Item>> {
        self.read().items.get(&(kind, ObjectId(id.to_owned()))).cloned()
    }

    /// What has an id, or a name that only one of its kind has.
    #[must_use]
    pub fn find(&self, kind: Kind, word: &str) -> Option<Arc<Item>> {
        if let Some(item) = self.get(kind, word) {
            return Some(item);
        }
        let (project, name) = word.split_once('/').map_or((None, word), |(project, name)| (Some(project), name));
        let project = project.map(|project| self.find(Kind::Project, project).map(|item| item.object.id.clone()));
        let fits = |item: &Arc<Item>| item.object.name == name && project.as_ref().is_none_or(|wanted| item.object.project == *wanted);
        let mut found = self.all(kind).into_iter().filter(fits);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// The name of what has an id; the id itself when nothing has it.
    #[must_use]
    pub fn name_of(&self, kind: Kind, id: &str) -> String {
        self.get(kind, id).map_or_else(|| id.to_owned(), |item| item.object.name.clone())
    }

    /// A host.
    #[must_use]
    pub fn host(&self, id: &MinionId) -> Option<Arc<Host>> {
        self.read().hosts.get(id).cloned()
    }

    /// All hosts, in the order of their ids.
    #[must_use]
    pub fn hosts(&self) -> Vec<Arc<Host>> {
        self.read().hosts.values().cloned().collect()
    }

    /// Changes the catalogue. The caller has the turn.
    ///
    /// # Errors
    /// When the store is away or refuses; then nothing has changed.
    pub async fn write(&self, writes: &[ObjectWrite], entries: &[AuditEntry]) -> cmdb::Result<()> {
        let mut read = Vec::with_capacity(writes.len());
        for write in writes {
            read.push(match write {
                ObjectWrite::Insert(object) => Ok(item(object.clone())?),
                ObjectWrite::Update(object) => Ok(item(object.clone())?),
                ObjectWrite::Delete { id, .. } => Err(id.clone()),
            });
        }
        self.store.write_objects(writes, entries).await?;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        for one in read {
            match one {
                Ok(item) => drop(held.items.insert((item.kind, item.object.id.clone()), Arc::new(item))),
                Err(gone) => held.items.retain(|(_, id), _| *id != gone),
            }
        }
        self.age();
        Ok(())
    }

    /// Writes hosts. The caller has the turn.
    ///
    /// # Errors
    /// When the store is away; then nothing has changed.
    pub async fn put_hosts(&self, hosts: Vec<Host>, entries: &[AuditEntry]) -> cmdb::Result<()> {
        self.store.put_hosts(&hosts, entries).await?;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.hosts.extend(hosts.into_iter().map(|host| (host.id.clone(), Arc::new(host))));
        self.age();
        Ok(())
    }

    /// Removes hosts. The caller has the turn.
    ///
    /// # Errors
    /// When the store is away; then nothing has changed.
    pub async fn delete_hosts(&self, ids: &[MinionId], entries: &[AuditEntry]) -> cmdb::Result<()> {
        self.store.delete_hosts(ids, entries).await?;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.hosts.retain(|id, _| !ids.contains(id));
        self.age();
        Ok(())
    }

    /// Says that what was worked out before is out of date.
    fn age(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what is stored.
fn item(object: Object) -> cmdb::Result<Item> {
    let what = || format!("the {} `{}`", object.kind, object.name);
    let kind = Kind::ALL.iter().copied().find(|kind| kind.word() == object.kind);
    let kind = kind.ok_or_else(|| cmdb::Error::corrupt(what(), "its kind is not known"))?;
    let body = serde_json::to_value(&object.body).map_err(|error| cmdb::Error::corrupt(what(), error))?;
    let noun = Noun::read(kind, body).map_err(|error| cmdb::Error::corrupt(what(), error))?;
    let role = match &noun {
        Noun::Role(role) => Some(Arc::new(Compiled::new(role).map_err(|error| cmdb::Error::corrupt(what(), error))?)),
        _ => None,
    };
    Ok(Item { kind, noun, role, object })
}
