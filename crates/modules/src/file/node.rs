//! Device nodes and named pipes: what one is to be like, and making it. The state `file.mknod` is made of the same parts.

use super::Perms;
use sdk::host::{FileKind, Host, device};
use sdk::{Action, Args, Cx, Failure, Map, Mode, Value};

/// A kind of node, by the letter that `mknod` has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeKind(FileKind);

impl NodeKind {
    /// The kind of a letter; what is wrong with it otherwise.
    ///
    /// # Errors
    /// In the words that users of Salt know.
    pub fn of_letter(letter: &str) -> Result<Self, String> {
        match letter {
            "c" => Ok(Self(FileKind::Char)),
            "b" => Ok(Self(FileKind::Block)),
            "p" => Ok(Self(FileKind::Pipe)),
            other => {
                let kinds = "character ('c'), block ('b'), and pipe ('p')";
                Err(format!("Node type unavailable: '{other}'. Available node types are {kinds}"))
            }
        }
    }

    /// The kind of file.
    #[must_use]
    pub const fn file_kind(self) -> FileKind {
        self.0
    }

    /// What it is called: `character device`.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self.0 {
            FileKind::Char => "character device",
            FileKind::Block => "block device",
            FileKind::Pipe | FileKind::File | FileKind::Dir | FileKind::Link | FileKind::Socket => "fifo pipe",
        }
    }

    /// The same at the beginning of a sentence.
    #[must_use]
    pub fn title(self) -> String {
        let mut letters = self.words().chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    }

    /// Whether it has numbers.
    #[must_use]
    pub fn is_device(self) -> bool {
        self.0 != FileKind::Pipe
    }

    /// Makes one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(self, path: &str, numbers: (u32, u32), mode: Mode, host: &dyn Host) -> Result<(), sdk::host::Error> {
        let number = if self.is_device() { device(numbers.0, numbers.1) } else { 0 };
        host.make_node(path, self.0, number, mode.bits().unwrap_or(0o600))
    }
}

/// Makes a node, and tells it as a state does.
fn made(kind: NodeKind, name: String, numbers: (u32, u32), perms: &Perms, cx: &Cx) -> Result<Map, Failure> {
    let host = cx.host();
    let mut answer = Map::new();
    answer.insert("name", name.as_str());
    if host.link_stat(&name).map_err(crate::failure)?.is_some() {
        answer.insert("changes", Value::map());
        answer.insert("comment", format!("File {name} exists and cannot be overwritten"));
        answer.insert("result", false);
        return Ok(answer);
    }
    if let Some(up) = sdk::host::parent(&name) {
        host.make_dirs(up, None).map_err(crate::failure)?;
    }
    kind.make(&name, numbers, Mode::Bits(perms.mode.unwrap_or(0o600)), host).map_err(crate::failure)?;
    perms.enforce(host, &name, false)?;
    answer.insert("changes", [("new", format!("{} {name} created.", kind.title()))].into_iter().collect::<Map>());
    answer.insert("comment", "");
    answer.insert("result", true);
    Ok(answer)
}

macro_rules! node_function {
    ($(#[$doc:meta])* $name:ident { $($own:tt)* }, |$this:ident| $kind:expr, $numbers:expr) => {
        $(#[$doc])*
        #[derive(Args)]
        pub struct $name {
            /// Path.
            name: String,
            $($own)*
            /// Owner.
            user: Option<String>,
            /// Group.
            group: Option<String>,
            /// Mode.
            #[arg(default = "0660")]
            mode: Mode,
        }

        impl Action for $name {
            type Output = Map;
            async fn call(self, cx: &Cx) -> Result<Map, Failure> {
                let $this = &self;
                let (kind, numbers) = (NodeKind::of_letter($kind).map_err(Failure::bad_arguments)?, $numbers);
                let perms = Perms { user: self.user, group: self.group, mode: self.mode.bits() };
                made(kind, self.name, numbers, &perms, cx)
            }
        }
    };
}

node_function! {
    /// Make a device node or a named pipe.
    ///
    /// ```salt
    /// salt '*' file.mknod /run/app.fifo p mode=0660
    /// ```
    Mknod {
        /// `c` for a character device, `b` for a block device, `p` for a pipe.
        ntype: String,
        /// Major number of the device.
        #[arg(default = 0)]
        major: u32,
        /// Minor number of the device.
        #[arg(default = 0)]
        minor: u32,
    }, |this| &this.ntype, (this.major, this.minor)
}
node_function! {
    /// Make a character device.
    ///
    /// ```salt
    /// salt '*' file.mknod_chrdev /dev/chr 180 31
    /// ```
    MknodChrdev {
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    }, |this| "c", (this.major, this.minor)
}
node_function! {
    /// Make a block device.
    ///
    /// ```salt
    /// salt '*' file.mknod_blkdev /dev/blk 8 999
    /// ```
    MknodBlkdev {
        /// Major number.
        major: u32,
        /// Minor number.
        minor: u32,
    }, |this| "b", (this.major, this.minor)
}
node_function! {
    /// Make a named pipe.
    ///
    /// ```salt
    /// salt '*' file.mknod_fifo /run/app.fifo
    /// ```
    MknodFifo {}, |_this| "p", (0, 0)
}
