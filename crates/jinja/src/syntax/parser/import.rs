//! Tags that reach other templates or other formats.

use super::super::ast::{Name, StmtKind};
use super::super::token::Tok;
use super::Parser;
use super::expr::Conditional;
use super::stmt::Attributes;
use crate::Error;
use std::sync::Arc;

impl Parser<'_> {
    pub(super) fn include(&mut self) -> Result<StmtKind, Error> {
        let template = self.expression()?;
        let ignore_missing = self.is_name("ignore") && self.peek_second().is_name("missing");
        if ignore_missing {
            self.at += 2;
        }
        let context = self.context().unwrap_or(true);
        Ok(StmtKind::Include { template, ignore_missing, context })
    }

    pub(super) fn import(&mut self) -> Result<StmtKind, Error> {
        let template = self.expression()?;
        self.expect_keyword("as")?;
        let target = self.expect_any_name()?;
        let context = self.context().unwrap_or(false);
        Ok(StmtKind::Import { template, target, context })
    }

    pub(super) fn import_names(&mut self) -> Result<StmtKind, Error> {
        let template = self.expression()?;
        self.expect_keyword("import")?;
        let mut names = Vec::new();
        let mut context;
        loop {
            if !names.is_empty() && !self.skip_op(",") {
                context = self.context();
                break;
            }
            context = self.context();
            if context.is_some() || *self.peek() == Tok::BlockEnd {
                break;
            }
            let pos = self.pos();
            let name = self.expect_any_name()?;
            if name.starts_with('_') {
                return self.fail_at(pos, "names starting with an underline can not be imported");
            }
            let alias = if self.skip_name("as") { self.expect_any_name()? } else { Arc::clone(&name) };
            names.push((name, alias));
        }
        if names.is_empty() {
            self.expect(false, "name")?;
        }
        Ok(StmtKind::FromImport { template, names, context: context.unwrap_or(false) })
    }

    /// `with context` or `without context`, if one of them stands here.
    fn context(&mut self) -> Option<bool> {
        let with = match self.peek() {
            Tok::Name(name) if &**name == "with" => true,
            Tok::Name(name) if &**name == "without" => false,
            _ => return None,
        };
        if !self.peek_second().is_name("context") {
            return None;
        }
        self.at += 2;
        Some(with)
    }

    /// `load_yaml as name`.
    pub(super) fn load(&mut self, tag: &Name) -> Result<StmtKind, Error> {
        self.expect_keyword("as")?;
        let target = self.target(&[], Attributes::Allowed)?;
        Ok(StmtKind::Load(format_of(tag), target, self.body(&["endload"])?))
    }

    /// `import_yaml 'file' as name`.
    pub(super) fn import_data(&mut self, tag: &Name) -> Result<StmtKind, Error> {
        let template = self.expression()?;
        self.expect_keyword("as")?;
        let target = self.expect_any_name()?;
        let context = self.context().unwrap_or(false);
        Ok(StmtKind::ImportData { format: format_of(tag), template, target, context })
    }

    /// `profile as 'label'`.
    pub(super) fn profile(&mut self) -> Result<StmtKind, Error> {
        self.expect_keyword("as")?;
        let label = self.tuple(Conditional::Allowed, &[], false)?;
        Ok(StmtKind::Profile(label, self.body(&["endprofile"])?))
    }
}

/// `yaml` of `load_yaml` and `import_yaml`.
fn format_of(tag: &Name) -> Name {
    Arc::from(tag.split_once('_').map_or(&**tag, |(_, format)| format))
}
