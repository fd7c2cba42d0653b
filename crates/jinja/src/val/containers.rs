//! Lists, tuples, dicts, their views, ranges and generators.

use super::key::TextKey;
use super::{Key, Text, Val};
use crate::Error;
use crate::interp::access::Positions;
use indexmap::IndexMap;
use std::cell::{Ref, RefCell, RefMut};
use std::rc::Rc;

/// The entries of a dict.
pub(crate) type DictMap = IndexMap<Key, Val, foldhash::fast::RandomState>;

thread_local! {
    /// Members of dropped containers that wait to be dropped. Dropping member by member would recurse as deep as the data is nested, and
    /// a template can nest deeper than any stack.
    static DROPPED: RefCell<Option<Vec<Val>>> = const { RefCell::new(None) };
}

/// Drops members without recursion: the outermost drop empties the queue that inner drops fill.
fn bury(members: impl Iterator<Item = Val>) {
    let mut members = members.filter(|member| matches!(member, Val::List(_) | Val::Dict(_) | Val::Tuple(_) | Val::Iter(_))).peekable();
    if members.peek().is_none() {
        return;
    }
    let outermost = DROPPED.try_with(|queue| {
        let mut queue = queue.borrow_mut();
        let outermost = queue.is_none();
        queue.get_or_insert_default().extend(members);
        outermost
    });
    if outermost == Ok(true) {
        while let Some(value) = DROPPED.with(|queue| queue.borrow_mut().as_mut().and_then(Vec::pop)) {
            drop(value);
        }
        DROPPED.with(|queue| *queue.borrow_mut() = None);
    }
}

struct Items(RefCell<Vec<Val>>);

impl Drop for Items {
    fn drop(&mut self) {
        bury(std::mem::take(self.0.get_mut()).into_iter());
    }
}

/// A shared, mutable list.
#[derive(Clone)]
pub struct List(Rc<Items>);

impl List {
    /// A new list.
    #[must_use]
    pub fn new(items: Vec<Val>) -> Self {
        Self(Rc::new(Items(RefCell::new(items))))
    }

    /// Number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.borrow().len()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.borrow().is_empty()
    }

    /// The item at a position.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Val> {
        self.borrow().get(index).cloned()
    }

    /// Adds an item.
    pub fn push(&self, item: Val) {
        self.borrow_mut().push(item);
    }

    /// The items as they are now.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Val> {
        self.borrow().clone()
    }

    /// Whether both are the same list.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn borrow(&self) -> Ref<'_, Vec<Val>> {
        self.0.0.borrow()
    }

    pub(crate) fn borrow_mut(&self) -> RefMut<'_, Vec<Val>> {
        self.0.0.borrow_mut()
    }

    pub(crate) fn address(&self) -> usize {
        Rc::as_ptr(&self.0) as usize
    }
}

struct Entries {
    map: RefCell<DictMap>,
    ordered: bool,
    /// What errors call it, if it is no plain dict to those who know Python's.
    class: Option<&'static str>,
}

impl Drop for Entries {
    fn drop(&mut self) {
        bury(std::mem::take(self.map.get_mut()).into_iter().flat_map(|(key, value)| [key.into_val(), value]));
    }
}

/// A shared, mutable dict that keeps the order of insertion.
#[derive(Clone)]
pub struct Dict(Rc<Entries>);

impl Dict {
    /// An empty dict.
    #[must_use]
    pub fn new() -> Self {
        Self::from_map(DictMap::default())
    }

    /// A dict of any keys and values.
    ///
    /// # Errors
    /// A key is a list or a dict, which Python cannot hash.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (Val, Val)>) -> Result<Self, Error> {
        let unhashable = |name| Error::type_error(format!("unhashable type: '{name}'"));
        let entries = pairs.into_iter().map(|(key, value)| Ok((Key::new(key).map_err(unhashable)?, value)));
        entries.collect::<Result<DictMap, Error>>().map(Self::from_map)
    }

    /// The same dict as Python's `OrderedDict`: for those who print it, its order has a meaning. It is a copy; members are shared.
    #[must_use]
    pub fn into_ordered(self) -> Self {
        let map = self.borrow().clone();
        Self::from_map_ordered(map, true)
    }

    /// Whether its order has a meaning, as that of Python's `OrderedDict`.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.0.ordered
    }

    /// A copy that shares the members.
    pub(crate) fn copy(&self) -> Self {
        let map = self.borrow().clone();
        Self::from_map_ordered(map, self.0.ordered)
    }

    pub(crate) fn from_map_ordered(map: DictMap, ordered: bool) -> Self {
        Self(Rc::new(Entries { map: RefCell::new(map), ordered, class: None }))
    }

    /// The same dict as one of a class of Python's that errors name.
    pub(crate) fn with_class(&self, class: &'static str) -> Self {
        let map = self.borrow().clone();
        Self(Rc::new(Entries { map: RefCell::new(map), ordered: self.0.ordered, class: Some(class) }))
    }

    /// What errors call it.
    pub(crate) fn class(&self) -> &'static str {
        self.0.class.unwrap_or(if self.0.ordered { "collections.OrderedDict" } else { "dict" })
    }

    pub(crate) fn from_map(map: DictMap) -> Self {
        Self::from_map_ordered(map, false)
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.borrow().len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.borrow().is_empty()
    }

    /// The value under a text.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Val> {
        self.borrow().get(&TextKey(key)).cloned()
    }

    /// The value under any value; `None` also when that cannot be a key.
    #[must_use]
    pub fn get_val(&self, key: &Val) -> Option<Val> {
        match key {
            Val::Str(text) => self.get(text),
            other => self.borrow().get(&Key::new(other.clone()).ok()?).cloned(),
        }
    }

    /// Sets the value under a text.
    pub fn insert(&self, key: impl Into<Text>, value: Val) {
        self.borrow_mut().insert(Key::text(key), value);
    }

    /// Sets the value under any value; false when that cannot be a key.
    pub fn insert_val(&self, key: Val, value: Val) -> bool {
        Key::new(key).map(|key| self.borrow_mut().insert(key, value)).is_ok()
    }

    /// The entries as they are now.
    #[must_use]
    pub fn to_vec(&self) -> Vec<(Val, Val)> {
        self.borrow().iter().map(|(key, value)| (key.val().clone(), value.clone())).collect()
    }

    /// Whether both are the same dict.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn keys(&self) -> Vec<Val> {
        self.borrow().keys().map(|key| key.val().clone()).collect()
    }

    pub(crate) fn borrow(&self) -> Ref<'_, DictMap> {
        self.0.map.borrow()
    }

    pub(crate) fn borrow_mut(&self) -> RefMut<'_, DictMap> {
        self.0.map.borrow_mut()
    }

    pub(crate) fn address(&self) -> usize {
        Rc::as_ptr(&self.0) as usize
    }
}

impl Default for Dict {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Into<Text>> FromIterator<(K, Val)> for Dict {
    fn from_iter<I: IntoIterator<Item = (K, Val)>>(items: I) -> Self {
        Self::from_map(items.into_iter().map(|(key, value)| (Key::text(key), value)).collect())
    }
}

/// The items of a tuple, some of which may be known by name too.
pub struct Tuple {
    items: Vec<Val>,
    names: &'static [&'static str],
}

impl Tuple {
    pub(crate) fn new(items: Vec<Val>) -> Self {
        Self { items, names: &[] }
    }

    pub(crate) fn named(items: Vec<Val>, names: &'static [&'static str]) -> Self {
        Self { items, names }
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<Val> {
        self.items.get(self.names.iter().position(|known| *known == name)?).cloned()
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        bury(std::mem::take(&mut self.items).into_iter());
    }
}

impl std::ops::Deref for Tuple {
    type Target = [Val];

    fn deref(&self) -> &[Val] {
        &self.items
    }
}

/// What a view of a dict shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewKind {
    /// `dict.keys()`.
    Keys,
    /// `dict.values()`.
    Values,
    /// `dict.items()`.
    Items,
}

impl ViewKind {
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Keys => "dict_keys",
            Self::Values => "dict_values",
            Self::Items => "dict_items",
        }
    }
}

/// A live view of a dict.
pub struct View {
    pub(crate) dict: Dict,
    pub(crate) kind: ViewKind,
}

impl View {
    pub(crate) fn items(&self) -> Vec<Val> {
        let map = self.dict.borrow();
        match self.kind {
            ViewKind::Keys => map.keys().map(|key| key.val().clone()).collect(),
            ViewKind::Values => map.values().cloned().collect(),
            ViewKind::Items => map.iter().map(|(key, value)| Val::tuple(vec![key.val().clone(), value.clone()])).collect(),
        }
    }
}

/// `range(start, stop, step)`.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub(crate) start: i64,
    pub(crate) stop: i64,
    pub(crate) step: i64,
}

impl Range {
    pub(crate) fn len(&self) -> u64 {
        let (start, stop, step) = (i128::from(self.start), i128::from(self.stop), i128::from(self.step));
        let distance = if step > 0 { stop - start } else { start - stop };
        if distance <= 0 { 0 } else { u64::try_from((distance - 1) / step.abs() + 1).unwrap_or(u64::MAX) }
    }

    pub(crate) fn get(&self, index: u64) -> Option<i64> {
        (index < self.len()).then(|| self.start.wrapping_add(self.step.wrapping_mul(index as i64)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = i64> {
        let this = *self;
        (0..this.len()).filter_map(move |index| this.get(index))
    }

    /// The numbers at some positions, which are a range again.
    pub(crate) fn slice(&self, positions: &Positions) -> Self {
        let at = |index: i64| self.start.wrapping_add(self.step.wrapping_mul(index));
        Self { start: at(positions.start), stop: at(positions.stop), step: self.step.wrapping_mul(positions.step) }
    }

    pub(crate) fn is_equal(&self, other: &Self) -> bool {
        let (a, b) = (self.len(), other.len());
        a == b && (a == 0 || self.start == other.start && (a == 1 || self.step == other.step))
    }
}

/// A generator: items that can be taken once.
pub struct Iter(RefCell<std::vec::IntoIter<Val>>);

impl Iter {
    pub(crate) fn new(items: Vec<Val>) -> Self {
        Self(RefCell::new(items.into_iter()))
    }

    pub(crate) fn next(&self) -> Option<Val> {
        self.0.borrow_mut().next()
    }

    pub(crate) fn rest(&self) -> Vec<Val> {
        self.0.replace(Vec::new().into_iter()).collect()
    }
}

impl Drop for Iter {
    fn drop(&mut self) {
        bury(std::mem::take(self.0.get_mut()));
    }
}
