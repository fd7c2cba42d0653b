//! `file.decode`: a file whose content is given in base64.

use super::checked_path;
use modules::hashutil::decode;
use sdk::host::{Digest, Write, parent};
use sdk::{Applied, Args, Check, Cx, Failure, Map, Read, State, Value, text};

/// Ensure a file has what base64 decodes to.
///
/// ```salt
/// /etc/app/key:
///   file.decode:
///     - contents_pillar: app:key
/// ```
#[derive(Args)]
pub struct Decode {
    /// Path.
    name: String,
    /// Base64.
    encoded_data: Option<String>,
    /// Path of a pillar value in base64.
    contents_pillar: Option<String>,
    /// Only `base64` is known.
    #[arg(default = "base64")]
    encoding_type: String,
    /// Checksum that changes are shown with.
    #[arg(default = "md5")]
    checksum: String,
}

impl State for Decode {
    type Change = (String, Vec<u8>, Map);

    async fn check(&self, read: &Read) -> Result<Check<Self::Change>, Failure> {
        let path = match checked_path(&self.name, "Must provide name to file.decode", read) {
            Ok(path) => path,
            Err(comment) => return Ok(Check::fails(comment)),
        };
        let encoded = match (&self.encoded_data, &self.contents_pillar) {
            (Some(data), _) => data.clone(),
            (None, Some(key)) => match read.pillar(key) {
                Some(value) => text::str(value),
                None => return Ok(Check::fails("Pillar data not found.")),
            },
            (None, None) => return Err(Failure::failed("Specify either the 'encoded_data' or 'contents_pillar' argument.")),
        };
        if self.encoding_type != "base64" {
            return Err(Failure::failed("Currently only base64 encoding is supported"));
        }
        let digest = Digest::from_name(&self.checksum).ok_or_else(|| Failure::failed(format!("`{}` is no checksum", self.checksum)))?;
        let new = decode(&encoded)?;
        let old = if read.host().is_file(&path) { Some(read.host().read(&path).map_err(modules::failure)?) } else { None };
        if old.as_ref() == Some(&new) {
            return Ok(Check::desired("File is in the correct state."));
        }
        let mut changes = Map::new();
        changes.insert("old", old.map_or(Value::Null, |old| digest.hex(&old).into()));
        changes.insert("new", digest.hex(&new));
        Ok(Check::change("File is set to be updated.", Map::new(), (path, new, changes)))
    }

    async fn apply(&self, (path, content, changes): Self::Change, cx: &Cx) -> Result<Applied, Failure> {
        if !cx.host().is_dir(parent(&path).unwrap_or("/")) {
            return Ok(Applied::failed("Parent directory not present"));
        }
        cx.host().write(&path, &content, &Write::default()).map_err(modules::failure)?;
        Ok(Applied::ok("File was updated.", changes))
    }
}
