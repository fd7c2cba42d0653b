//! Random text and numbers, and checksums by name.

mod python;

use python::Python;
use sdk::host::Digest;
use sdk::{Args, Failure, Query, Read, Secret, Value};

sdk::module!(random, [Hash, StrEncode, GetStr, RandStr, RandInt, Seed, Sample, Shuffle, Choice, ShadowHash]);

/// A random number between two, both included.
#[must_use]
pub fn between(first: u32, last: u32) -> u32 {
    rand::random_range(first..=last)
}

/// Return the hash of a password as the shadow file has it.
///
/// ```salt
/// salt '*' random.shadow_hash 'My5alT' 'MyP@asswd' md5
/// ```
#[derive(Args)]
pub struct ShadowHash {
    /// What the hash begins with; random unless given.
    crypt_salt: Option<String>,
    /// Password; random unless given.
    password: Option<Secret<String>>,
    /// `sha512`, `sha256` or `md5`.
    #[arg(default = "sha512")]
    algorithm: String,
}

impl Query for ShadowHash {
    type Output = String;
    async fn call(self, read: &Read) -> Result<String, Failure> {
        let password = self.password.unwrap_or_else(|| {
            let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
            let letter = |_| letters.get(rand::random_range(0..letters.len())).copied().map_or('x', char::from);
            Secret::new((0..20).map(letter).collect())
        });
        crate::shadow::hashed(&password, self.crypt_salt, &self.algorithm, read).await
    }
}

/// Return the checksum of a text.
///
/// ```salt
/// salt '*' random.hash 'I am a string' md5
/// ```
#[derive(Args)]
pub struct Hash {
    /// The text.
    value: String,
    /// Checksum.
    #[arg(default = "sha512")]
    algorithm: String,
}

impl Query for Hash {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        match Digest::from_name(&self.algorithm) {
            Some(digest) => Ok(digest.hex(self.value.as_bytes())),
            None => Err(Failure::failed("You must specify a valid algorithm.")),
        }
    }
}

/// Encode a text as base64 or hex.
///
/// ```salt
/// salt '*' random.str_encode 'I am a new string' base64
/// ```
#[derive(Args)]
pub struct StrEncode {
    /// The text.
    value: String,
    /// `base64` or `hex`.
    #[arg(default = "base64")]
    encoder: String,
}

impl Query for StrEncode {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        match self.encoder.as_str() {
            "base64" => Ok(crate::hashutil::encode_lines(self.value.as_bytes())),
            "hex" => Ok(hex::encode(self.value)),
            _ => Err(Failure::failed("You must specify a valid encoder")),
        }
    }
}

/// Return random text.
///
/// ```salt
/// salt '*' random.get_str 16 punctuation=False
/// ```
#[derive(Args)]
pub struct GetStr {
    /// How many characters.
    #[arg(default = 20)]
    length: usize,
    /// The characters to take; the switches below are not looked at then.
    chars: Option<String>,
    /// Take lower-case letters.
    #[arg(default = true)]
    lowercase: bool,
    /// Take upper-case letters.
    #[arg(default = true)]
    uppercase: bool,
    /// Take digits.
    #[arg(default = true)]
    digits: bool,
    /// Take punctuation.
    #[arg(default = true)]
    punctuation: bool,
    /// Take white space.
    #[arg(default = false)]
    whitespace: bool,
    /// Take every printable character.
    #[arg(default = false)]
    printable: bool,
}

impl Query for GetStr {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
        if self.length == 0 {
            return Err(Failure::failed("Length must be greater than zero."));
        }
        let mut set = String::new();
        match self.chars {
            Some(chars) => set = chars,
            None => {
                let all = self.printable;
                let parts: [(bool, &str); 5] = [
                    (self.lowercase || all, "abcdefghijklmnopqrstuvwxyz"),
                    (self.uppercase || all, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                    (self.digits || all, "0123456789"),
                    (self.punctuation || all, PUNCTUATION),
                    (self.whitespace || all, " \t\n\r\u{b}\u{c}"),
                ];
                set.extend(parts.into_iter().filter(|(take, _)| *take).map(|(_, part)| part));
            }
        }
        pick(&set.chars().collect::<Vec<_>>(), self.length)
    }
}

/// Picks characters of a set; every one is as likely as any other.
fn pick(set: &[char], length: usize) -> Result<String, Failure> {
    if set.is_empty() {
        return Err(Failure::bad_arguments("there are no characters to choose from"));
    }
    Ok((0..length).filter_map(|_| set.get(rand::random_range(0..set.len()))).collect())
}

/// Return random bytes as a checksum.
///
/// ```salt
/// salt '*' random.rand_str hash_type=md5
/// ```
#[derive(Args)]
pub struct RandStr {
    /// Known for compatibility; the text is as long as its checksum.
    #[arg(default = 9_999_999_999_i64, ignored)]
    size: i64,
    /// Checksum.
    #[arg(default = "md5")]
    hash_type: String,
}

impl Query for RandStr {
    type Output = String;
    async fn call(self, _read: &Read) -> Result<String, Failure> {
        let digest = Digest::from_name(&self.hash_type).ok_or_else(|| Failure::failed("You must specify a valid algorithm."))?;
        Ok(digest.hex(&rand::random::<[u8; 32]>()))
    }
}

/// Return a random whole number.
///
/// ```salt
/// salt '*' random.rand_int 1 10
/// ```
#[derive(Args)]
pub struct RandInt {
    /// Smallest.
    #[arg(default = 1)]
    start: i64,
    /// Largest.
    #[arg(default = 10)]
    end: i64,
    /// The same seed gives the same number.
    seed: Option<Value>,
}

impl Query for RandInt {
    type Output = i64;
    async fn call(self, _read: &Read) -> Result<i64, Failure> {
        let span = self.end.checked_sub(self.start).and_then(|span| u64::try_from(span).ok());
        let span = span.ok_or_else(|| Failure::bad_arguments("`end` lies before `start`"))?;
        let below = span.saturating_add(1);
        let picked = self.seed.map_or_else(|| rand::random_range(0..below), |seed| Python::new(&seed).below(below));
        Ok(self.start.saturating_add(i64::try_from(picked).unwrap_or(0)))
    }
}

/// Return a number that is always the same on this minion: for spreading jobs over time.
///
/// ```salt
/// salt '*' random.seed 60
/// ```
#[derive(Args)]
pub struct Seed {
    /// One more than the largest.
    #[arg(default = 10)]
    range: u64,
    /// What the number is drawn from, instead of the minion's id.
    hash: Option<Value>,
}

impl Query for Seed {
    type Output = u64;
    async fn call(self, read: &Read) -> Result<u64, Failure> {
        let seed = self.hash.unwrap_or_else(|| Value::from(read.facts().id.as_str()));
        Ok(Python::new(&seed).below(self.range))
    }
}

fn sampled(items: &[Value], size: usize, seed: Option<&Value>) -> Vec<Value> {
    let chance = || Value::Int(rand::random_range(0..i64::MAX));
    Python::new(&seed.cloned().unwrap_or_else(chance)).sample(items, size)
}

/// Return some members of a list, each once.
///
/// ```salt
/// salt '*' random.sample '[a, b, c]' 2
/// ```
#[derive(Args)]
pub struct Sample {
    /// The list.
    value: Vec<Value>,
    /// How many.
    size: usize,
    /// The same seed gives the same members.
    seed: Option<Value>,
}

impl Query for Sample {
    type Output = Vec<Value>;
    async fn call(self, _read: &Read) -> Result<Vec<Value>, Failure> {
        if self.size > self.value.len() {
            return Err(Failure::bad_arguments(format!("a list of {} has no {} members", self.value.len(), self.size)));
        }
        Ok(sampled(&self.value, self.size, self.seed.as_ref()))
    }
}

/// Return a list in random order.
///
/// ```salt
/// salt '*' random.shuffle '[a, b, c]' seed=fixed
/// ```
#[derive(Args)]
pub struct Shuffle {
    /// The list.
    value: Vec<Value>,
    /// The same seed gives the same order.
    seed: Option<Value>,
}

impl Query for Shuffle {
    type Output = Vec<Value>;
    async fn call(self, _read: &Read) -> Result<Vec<Value>, Failure> {
        Ok(sampled(&self.value, self.value.len(), self.seed.as_ref()))
    }
}

/// Return one member of a list.
///
/// ```salt
/// salt '*' random.choice '[a, b, c]'
/// ```
#[derive(Args)]
pub struct Choice {
    /// The list.
    value: Vec<Value>,
    /// The same seed gives the same member.
    seed: Option<Value>,
}

impl Query for Choice {
    type Output = Value;
    async fn call(self, _read: &Read) -> Result<Value, Failure> {
        let empty = || Failure::bad_arguments("there is nothing to choose from");
        sampled(&self.value, 1, self.seed.as_ref()).into_iter().next().ok_or_else(empty)
    }
}
