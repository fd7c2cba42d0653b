//! SLS names and the files they mean, and errors of rendering as problems: what every source of SLS needs.

use model::{Place, Problem};

/// A render error as a problem of the compile.
#[must_use]
pub fn problem_of(error: &render::Error) -> Problem {
    let place = |file: &str, line: u32, column: u32| Place { file: file.to_owned(), line, column };
    Problem {
        place: Some(place(&error.file, error.line, error.column)),
        message: error.to_string(),
        hint: None,
        excerpt: (!error.excerpt.is_empty()).then(|| error.excerpt.clone()),
        via: error.via.iter().map(|(file, line)| place(file, *line, 0)).collect(),
    }
}

/// The files that an SLS name may mean.
#[must_use]
pub fn paths_of(sls: &str) -> [String; 2] {
    let path = sls.replace('.', "/");
    [format!("{path}.sls"), format!("{path}/init.sls")]
}

/// The SLS name of a file; `None` for files that no name can mean.
#[must_use]
pub fn name_of(path: &str) -> Option<String> {
    let stem = path.strip_suffix(".sls")?;
    let stem = stem.strip_suffix("/init").unwrap_or(stem);
    // A dot in a file's name would be read as a folder.
    (!stem.contains('.') && !stem.is_empty()).then(|| stem.replace('/', "."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_name_that_leads_back_to_it() {
        assert_eq!(name_of("web/init.sls").as_deref(), Some("web"));
        assert_eq!(name_of("web/nginx.sls").as_deref(), Some("web.nginx"));
        assert_eq!(name_of("init.sls").as_deref(), Some("init"));
        assert_eq!(name_of("a.b/c.sls"), None);
        assert_eq!(name_of("web/map.jinja"), None);
        assert_eq!(paths_of("web.nginx"), ["web/nginx.sls", "web/nginx/init.sls"]);
    }
}
