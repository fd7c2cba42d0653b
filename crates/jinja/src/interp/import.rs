//! Other templates: include, import, and data files.

use super::scope::{Base, Cx};
use super::{Interp, Slot};
use crate::syntax::ast::{Expr, Name, Template};
use crate::{Error, Kind, Object, Text, Undefined, Val, syntax};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// An imported template: what it set, and its text.
pub(super) struct Module {
    pub name: Arc<str>,
    pub exported: Vec<(Name, Val)>,
    pub text: Text,
}

impl Object for Module {
    fn type_name(&self) -> &str {
        "TemplateModule"
    }

    fn get_attr(&self, name: &str) -> Option<Val> {
        self.exported.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone())
    }

    fn str(&self) -> String {
        self.text.to_string()
    }
}

impl Interp<'_> {
    /// The template of a name; `None` when there is none.
    pub(super) fn load(&self, name: &str, from: &str) -> Result<Option<Arc<Template>>, Error> {
        // The same relative name means different templates in different folders, so it is the host's answer that is remembered.
        let Some(source) = self.host.load(name, from).map_err(|message| Error::new(Kind::Host, message))? else { return Ok(None) };
        if let Some(known) = self.templates.borrow().get(&source.name) {
            return Ok(Some(Arc::clone(known)));
        }
        self.charge(source.text.len() / 8)?;
        let template = Arc::new(syntax::parse(&source, self.engine, self.stack.get())?);
        self.templates.borrow_mut().insert(source.name, Arc::clone(&template));
        Ok(Some(template))
    }

    /// The first template there is of those named by a value.
    fn select(&self, named: &Val, cx: &Cx) -> Result<Arc<Template>, Error> {
        let from = cx.unit.name();
        match named {
            Val::List(_) | Val::Tuple(_) => {
                let names = self.iterate(named)?;
                let mut tried = Vec::new();
                for name in &names {
                    let name = self.to_text(name)?;
                    if let Some(template) = self.load(&name, from)? {
                        return Ok(template);
                    }
                    tried.push(name.to_string());
                }
                let message = if tried.is_empty() {
                    "Tried to select from an empty list of templates.".to_owned()
                } else {
                    format!("none of the templates given were found: {}", tried.join(", "))
                };
                Err(Error::new(Kind::NotFound, message))
            }
            other => {
                let name = self.to_text(other)?;
                self.load(&name, from)?.ok_or_else(|| Error::new(Kind::NotFound, name.to_string()))
            }
        }
    }

    pub(super) fn select_template(&self, named: &Expr, cx: &Cx) -> Result<Arc<Template>, Error> {
        let value = self.eval(named, cx)?;
        self.select(&value, cx).map_err(|error| error.at(cx.unit.name(), named.pos.line, named.pos.column))
    }

    /// The variables of an included or imported template.
    fn base_for(&self, template: &Template, context: bool, cx: &Cx) -> Rc<Base> {
        let vars = if context {
            cx.scope.all().into_iter().map(|(name, value)| (name, Slot::Ready(value))).collect()
        } else {
            let vars = self.host.module_vars(&template.name);
            vars.into_iter().map(|(name, value)| (Arc::from(name), Slot::Ready(value))).collect()
        };
        let parent = context.then(|| Rc::clone(&cx.unit.context.base));
        Rc::new(Base { vars: RefCell::new(vars), parent })
    }

    pub(super) fn include(&self, named: &Expr, ignore_missing: bool, context: bool, cx: &Cx) -> Result<(), Error> {
        let template = match self.select_template(named, cx) {
            Err(error) if ignore_missing && error.kind == Kind::NotFound => return Ok(()),
            other => other?,
        };
        let unit = self.unit(&template, self.base_for(&template, context, cx));
        let place = self.place.get();
        let result = self.deeper(|| self.run(&unit));
        self.place.set(place);
        result.map_err(|error| self.led_here(error, cx))
    }

    fn led_here(&self, error: Error, cx: &Cx) -> Error {
        if error.line == 0 { error } else { error.through(cx.unit.name(), self.place.get().1) }
    }

    /// Runs a template for what it sets.
    fn module(&self, template: &Arc<Template>, context: bool, cx: &Cx) -> Result<Rc<Module>, Error> {
        // Without context the template runs once, whoever imports it.
        let key = template.name.to_string();
        if !context && let Some(known) = self.modules.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        let unit = self.unit(template, self.base_for(template, context, cx));
        let place = self.place.get();
        let text = self.deeper(|| self.capture(|| self.run(&unit)));
        self.place.set(place);
        let text = text.map_err(|error| self.led_here(error, cx))?;
        let exported = unit.context.root.own().into_iter().filter(|(name, _)| !name.starts_with('_')).collect();
        let module = Rc::new(Module { name: Arc::clone(&template.name), exported, text: self.to_text(&text)? });
        if !context {
            self.modules.borrow_mut().insert(key, Rc::clone(&module));
        }
        Ok(module)
    }

    pub(super) fn import(&self, named: &Expr, context: bool, cx: &Cx) -> Result<Rc<Module>, Error> {
        let template = self.select_template(named, cx)?;
        self.module(&template, context, cx)
    }

    pub(super) fn import_names(&self, named: &Expr, names: &[(Name, Name)], context: bool, cx: &Cx) -> Result<(), Error> {
        let module = self.import(named, context, cx)?;
        for (name, alias) in names {
            let value = module.get_attr(name).unwrap_or_else(|| {
                let message = format!(
                    "the template {} (imported on line {} in {}) does not export the requested name {}",
                    value::text::repr(&(&*module.name).into()),
                    named.pos.line,
                    value::text::repr(&(&**cx.unit.name()).into()),
                    value::text::repr(&(&**name).into()),
                );
                self.undefined(Undefined::hint(Kind::Undefined, message, self.is_strict()))
            });
            cx.scope.set(alias, value);
        }
        Ok(())
    }

    /// `{% import_yaml 'file' as name %}`: the file is a template too, and its text is data.
    pub(super) fn import_data(&self, format: &Arc<str>, named: &Expr, target: &Name, context: bool, cx: &Cx) -> Result<(), Error> {
        let template = self.select_template(named, cx)?;
        let module = self.module(&template, context, cx)?;
        let text = Val::Str(module.text.clone());
        let value = self.deserialize(format, &text, None, cx).map_err(|error| {
            let line = self.host_line(format, &text);
            error.at(&module.name, line, 1).through(cx.unit.name(), named.pos.line)
        })?;
        cx.scope.set(target, value);
        Ok(())
    }

    fn host_line(&self, format: &str, text: &Val) -> u32 {
        let text = text.as_str().unwrap_or_default();
        self.host.deserialize(format, text).map_or_else(|(_, line)| line, |_| 0).max(1)
    }
}
