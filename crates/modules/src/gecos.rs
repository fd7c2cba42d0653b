//! The comment field of a user: full name, room and telephones.

/// The parts of the comment field, in their order.
pub const GECOS: [&str; 5] = ["fullname", "roomnumber", "workphone", "homephone", "other"];

/// The comment field taken apart; the last part may have commas.
#[must_use]
pub fn gecos_parts(gecos: &str) -> [String; 5] {
    let mut parts = gecos.splitn(5, ',').map(str::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The comment field put together; empty parts at its end are left out.
#[must_use]
pub fn gecos_text(parts: &[String; 5]) -> String {
    parts.join(",").trim_end_matches(',').to_owned()
}
