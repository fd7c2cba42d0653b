//! What the derive writes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Error, Expr, ExprLit, Field, Fields, Ident, Lit, LitStr, Meta, Result, Type};

/// What a field is to the function.
enum Role {
    /// An argument with a place in the table.
    Argument,
    /// All further positional ones.
    Rest,
    /// All further named ones.
    Extra,
}

/// A field's attributes.
struct Options {
    role: Role,
    name: String,
    aliases: Vec<String>,
    default: Option<Default>,
    named: bool,
    ignored: bool,
}

enum Default {
    OfType,
    Given(Box<Expr>),
}

pub fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(&input.ident, "`Args` can only be derived for a struct"));
    };
    let none = syn::punctuated::Punctuated::new();
    let fields = match &data.fields {
        Fields::Named(fields) => &fields.named,
        Fields::Unit => &none,
        Fields::Unnamed(_) => return Err(Error::new_spanned(&input.ident, "the fields need names: they are the arguments")),
    };
    let (mut specs, mut inits) = (Vec::new(), Vec::new());
    let (mut rest, mut extra) = (false, false);
    let mut ignored = Vec::new();
    for field in fields {
        let options = options(field)?;
        let ident = field.ident.as_ref().expect("named fields have names");
        if options.ignored {
            ignored.push(ident);
        }
        let init = match options.role {
            Role::Rest => {
                rest = true;
                quote!(slots.take_rest())
            }
            Role::Extra => {
                extra = true;
                quote!(slots.take_extra())
            }
            Role::Argument => {
                let index = specs.len();
                specs.push(spec(field, &options));
                quote!(slots.take(#index)?)
            }
        };
        inits.push(quote!(#ident: #init));
    }
    let ident = &input.ident;
    let name = function_name(input)?;
    let doc = doc(&input.attrs);
    let open = struct_flag(input, "extra")?;
    let extra = extra || open;
    let build = if matches!(data.fields, Fields::Unit) { quote!(Self) } else { quote!(Self { #(#inits),* }) };
    let slots = if inits.is_empty() { quote!(let _) } else { quote!(let mut slots) };
    let generics = &input.generics;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    // Reading them here keeps the compiler from calling the fields dead.
    let looks = if ignored.is_empty() { quote!() } else { quote!(const _: fn(&#ident) = |this| { #(let _ = &this.#ignored;)* };) };
    Ok(quote! {
        #looks

        impl #impl_generics ::sdk::Args for #ident #type_generics #where_clause {
            const SIGNATURE: ::sdk::Signature =
                ::sdk::Signature { name: #name, doc: #doc, args: &[#(#specs),*], rest: #rest, extra: #extra };

            fn decode(call: ::sdk::CallArgs) -> ::std::result::Result<Self, ::sdk::ArgError> {
                static SIGNATURE: ::sdk::Signature = <#ident as ::sdk::Args>::SIGNATURE;
                #slots = ::sdk::sort_arguments(&SIGNATURE, call)?;
                ::std::result::Result::Ok(#build)
            }
        }
    })
}

fn spec(field: &Field, options: &Options) -> TokenStream {
    let (name, aliases, named, ty) = (&options.name, &options.aliases, options.named, &field.ty);
    let doc = doc(&field.attrs);
    let default = match &options.default {
        Some(Default::OfType) => quote!(::std::option::Option::Some(|| ::sdk::Value::from(<#ty as ::std::default::Default>::default()))),
        Some(Default::Given(expr)) => quote!(::std::option::Option::Some(|| ::sdk::Value::from(#expr))),
        None if is_option(ty) => quote!(::std::option::Option::Some(|| ::sdk::Value::Null)),
        None => quote!(::std::option::Option::None),
    };
    quote! {
        ::sdk::ArgSpec {
            name: #name,
            aliases: &[#(#aliases),*],
            doc: #doc,
            expected: <#ty as ::sdk::FromValue>::EXPECTED,
            default: #default,
            named_only: #named,
        }
    }
}

fn options(field: &Field) -> Result<Options> {
    let ident = field.ident.as_ref().expect("named fields have names");
    let name = ident.to_string();
    let name = name.strip_prefix("r#").unwrap_or(&name).trim_end_matches('_').to_owned();
    let mut options = Options { role: Role::Argument, name, aliases: Vec::new(), default: None, named: false, ignored: false };
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("arg")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("rest") {
                options.role = Role::Rest;
            } else if meta.path.is_ident("extra") {
                options.role = Role::Extra;
            } else if meta.path.is_ident("named") {
                options.named = true;
            } else if meta.path.is_ident("ignored") {
                options.ignored = true;
            } else if meta.path.is_ident("name") {
                options.name = meta.value()?.parse::<LitStr>()?.value();
            } else if meta.path.is_ident("alias") {
                options.aliases.push(meta.value()?.parse::<LitStr>()?.value());
            } else if meta.path.is_ident("default") {
                options.default = Some(match meta.value() {
                    Ok(value) => Default::Given(Box::new(value.parse::<Expr>()?)),
                    Err(_) => Default::OfType,
                });
            } else {
                return Err(meta.error("known here: default, alias, name, named, ignored, rest, extra"));
            }
            Ok(())
        })?;
    }
    Ok(options)
}

/// `#[args(name = "…")]`, else the type's name in snake case.
fn function_name(input: &DeriveInput) -> Result<String> {
    let mut found = None;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("args")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("name") {
                found = Some(meta.value()?.parse::<LitStr>()?.value());
                Ok(())
            } else if meta.path.is_ident("extra") {
                Ok(())
            } else {
                Err(meta.error("known here: name, extra"))
            }
        })?;
    }
    Ok(found.unwrap_or_else(|| snake_case(&input.ident)))
}

fn struct_flag(input: &DeriveInput, flag: &str) -> Result<bool> {
    let mut found = false;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("args")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident(flag) {
                found = true;
            } else if let Ok(value) = meta.value() {
                value.parse::<LitStr>()?;
            }
            Ok(())
        })?;
    }
    Ok(found)
}

fn snake_case(ident: &Ident) -> String {
    let mut name = String::new();
    for c in ident.to_string().chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}

/// Doc comments as one text, the leading blank of each line taken away.
fn doc(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let Meta::NameValue(pair) = &attribute.meta
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value
        {
            let line = text.value();
            lines.push(line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}

fn is_option(ty: &Type) -> bool {
    match ty {
        // A type that came through a macro of the author's is wrapped once more.
        Type::Group(group) => is_option(&group.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == "Option"),
        _ => false,
    }
}
