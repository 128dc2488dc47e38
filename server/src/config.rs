//! What the server is told: flags, then environment, then file, then defaults.
//!
//! The only module that reads the environment. Everything else gets a [`Config`]. `qiao config`
//! prints every value with where it came from; secrets are shown as `(set)`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::limits;

/// Settings of `qiao serve` and of every command that opens the data directory.
#[derive(Debug, Clone)]
pub struct Config {
    /// Database, keys, attachments.
    pub data_dir: PathBuf,
    /// Where the bytes of attachments lie.
    pub attachments: Attachments,
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How phones reach this server; goes into invitation links.
    pub public_url: Option<String>,
    /// Name people see when they enrol.
    pub deployment_name: String,
    /// PEM certificate chain.
    pub tls_cert: Option<PathBuf>,
    /// PEM private key.
    pub tls_key: Option<PathBuf>,
    /// Allows plain HTTP on other addresses than loopback.
    pub insecure_http: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Folder of the web apps, instead of those in the binary: for whoever works on them.
    pub web: Option<PathBuf>,
    /// Single sign-on, if there is one.
    pub sso: Option<crate::auth::sso::Settings>,
    /// Opens `/metrics` to other addresses than loopback.
    pub metrics_token: Option<Secret>,
    /// `tracing` filter, such as `info` or `qiao_server=debug`.
    pub log: String,
    /// Connections at a time.
    pub connections_max: usize,
    /// Requests being answered at a time.
    pub requests_max: usize,
    /// Longest time for a request without a stream of its own.
    pub request_timeout_s: u64,
    /// Longest time for the request line and headers, and for a TLS handshake.
    pub header_timeout_s: u64,
    /// Longest time requests get to end when the server stops.
    pub shutdown_grace_s: u64,
}

/// Where the bytes of attachments lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachments {
    /// In a folder of the data directory.
    Inside,
    /// In another folder.
    Folder(PathBuf),
    /// In a store that speaks S3.
    S3(S3),
}

/// A store that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    /// `s3://bucket/prefix`.
    pub url: String,
    /// Where it listens, for stores that are not Amazon's.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// Who we are there.
    pub key_id: Option<String>,
    /// How we prove it.
    pub secret: Option<Secret>,
}

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// The value, for comparing.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(set)")
    }
}

/// What this program was started with, its name first.
pub fn command_line() -> Vec<std::ffi::OsString> {
    std::env::args_os().collect()
}

/// Flags that set the same values as environment and file. All are text here: one parser for all sources.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Flags {
    /// Settings file (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data directory: database and keys
    #[arg(long = "data", global = true, value_name = "DIR")]
    pub data: Option<String>,
    /// Where attachments are kept: a directory, or s3://BUCKET/PREFIX with attachments_endpoint, _region, _key_id and
    /// _secret from the environment or the settings file
    #[arg(long, global = true, value_name = "DIR|URL")]
    pub attachments: Option<String>,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, global = true, value_name = "ADDR")]
    pub listen: Option<String>,
    /// How phones reach this server, for invitation links
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Name people see when they enrol
    #[arg(long, global = true, value_name = "NAME")]
    pub deployment_name: Option<String>,
    /// PEM certificate chain
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_cert: Option<String>,
    /// PEM private key
    #[arg(long, global = true, value_name = "FILE")]
    pub tls_key: Option<String>,
    /// Allow plain HTTP on other addresses than loopback
    #[arg(long, global = true)]
    pub insecure_http: bool,
    /// Proxies whose X-Forwarded-For is believed, separated by commas
    #[arg(long, global = true, value_name = "ADDR,…")]
    pub trusted_proxies: Option<String>,
    /// Serve the web apps from this folder instead of the ones in this program, while working on them
    #[arg(long, global = true, value_name = "DIR")]
    pub web: Option<String>,
    /// Bearer token that opens /metrics to other addresses than loopback (prefer the environment: flags are visible to other users)
    #[arg(long, global = true, value_name = "TOKEN")]
    pub metrics_token: Option<String>,
    /// Log filter, such as info or qiao_server=debug
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// Connections at a time
    #[arg(long, global = true, value_name = "N")]
    pub connections_max: Option<String>,
    /// Requests being answered at a time
    #[arg(long, global = true, value_name = "N")]
    pub requests_max: Option<String>,
    /// Longest time for an ordinary request
    #[arg(long, global = true, value_name = "SECONDS")]
    pub request_timeout_s: Option<String>,
    /// Longest time for headers and TLS handshake
    #[arg(long, global = true, value_name = "SECONDS")]
    pub header_timeout_s: Option<String>,
    /// Longest time requests get to end when the server stops
    #[arg(long, global = true, value_name = "SECONDS")]
    pub shutdown_grace_s: Option<String>,
}

impl Flags {
    fn into_map(self) -> BTreeMap<&'static str, String> {
        let all = [
            ("data", self.data),
            ("attachments", self.attachments),
            ("listen", self.listen),
            ("public_url", self.public_url),
            ("deployment_name", self.deployment_name),
            ("tls_cert", self.tls_cert),
            ("tls_key", self.tls_key),
            ("insecure_http", self.insecure_http.then(|| "true".to_owned())),
            ("trusted_proxies", self.trusted_proxies),
            ("web", self.web),
            ("metrics_token", self.metrics_token),
            ("log", self.log),
            ("connections_max", self.connections_max),
            ("requests_max", self.requests_max),
            ("request_timeout_s", self.request_timeout_s),
            ("header_timeout_s", self.header_timeout_s),
            ("shutdown_grace_s", self.shutdown_grace_s),
        ];
        all.into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Command line.
    Flag,
    /// `QIAO_…` variable.
    Environment,
    /// Settings file.
    File,
    /// Built in.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Flag => "flag",
            Source::Environment => "environment",
            Source::File => "file",
            Source::Default => "default",
        })
    }
}

/// One setting as it holds, for `qiao config`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Name in the file; upper-case with `QIAO_` before it in the environment.
    pub key: &'static str,
    /// Value, or `(set)` for a secret.
    pub value: String,
    /// Which source won.
    pub source: Source,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The settings file is missing, unreadable or not TOML.
    #[error("settings file {0}: {1}")]
    File(PathBuf, String),
    /// A key in the file that means nothing here: most likely a typing error.
    #[error("settings file: unknown key '{0}'")]
    UnknownKey(String),
    /// A value does not parse. The value itself is not repeated: it may be a secret.
    #[error("{key} (from {source_name}): expected {expected}")]
    Value {
        /// Setting.
        key: &'static str,
        /// Where it came from.
        source_name: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Only one of certificate and key is given.
    #[error("tls_cert and tls_key belong together")]
    HalfTls,
    /// A single sign-on lacks a part.
    #[error("sso_issuer, sso_client_id, sso_client_secret_file and public_url belong together")]
    HalfSso,
    /// Plain HTTP to the world was not asked for.
    #[error(
        "plain HTTP on {0} is refused: give tls_cert and tls_key, listen on loopback, or say --insecure-http"
    )]
    PlainHttp(SocketAddr),
}

impl Config {
    /// Reads all sources of this process.
    pub fn load(flags: Flags) -> Result<(Config, Vec<Shown>), ConfigError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the environment"
        )]
        let environment = std::env::vars()
            .filter(|(key, _)| key.starts_with("QIAO_"))
            .collect();
        Config::from_sources(flags, &environment)
    }

    /// The same from given sources.
    pub fn from_sources(
        mut flags: Flags,
        environment: &BTreeMap<String, String>,
    ) -> Result<(Config, Vec<Shown>), ConfigError> {
        let path = flags
            .config
            .take()
            .or_else(|| environment.get("QIAO_CONFIG").map(PathBuf::from));
        let file = path.map_or_else(|| Ok(BTreeMap::new()), |path| read_file(&path))?;
        let mut reader = Reader {
            flags: flags.into_map(),
            environment,
            file,
            shown: Vec::new(),
        };

        let config = Config {
            data_dir: reader.get("data", "./qiao-data", "a directory", |text| {
                Some(PathBuf::from(text))
            })?,
            attachments: reader.attachments()?,
            listen: reader.get(
                "listen",
                "127.0.0.1:8470",
                "an address such as 127.0.0.1:8470",
                |t| t.parse().ok(),
            )?,
            public_url: reader.get("public_url", "", "http://… or https://…", |text| match text {
                "" => Some(None),
                url if url.starts_with("https://") || url.starts_with("http://") => {
                    Some(Some(url.trim_end_matches('/').to_owned()))
                }
                _ => None,
            })?,
            deployment_name: reader.get("deployment_name", "桥 Qiao", "1 to 100 characters", |text| {
                (1..=100).contains(&text.chars().count()).then(|| text.to_owned())
            })?,
            tls_cert: reader.get("tls_cert", "", "a file", optional_path)?,
            tls_key: reader.get("tls_key", "", "a file", optional_path)?,
            insecure_http: reader.get("insecure_http", "false", "true or false", |text| {
                text.parse().ok()
            })?,
            trusted_proxies: reader.get("trusted_proxies", "", "addresses separated by commas", |text| {
                text.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| part.parse().ok())
                    .collect()
            })?,
            web: reader.get("web", "", "a directory", optional_path)?,
            sso: reader.sso()?,
            metrics_token: reader.get_secret("metrics_token")?,
            log: reader.get("log", "info", "a log filter", |text| {
                tracing_subscriber::EnvFilter::try_new(text)
                    .is_ok()
                    .then(|| text.to_owned())
            })?,
            connections_max: reader.number("connections_max", limits::CONNECTIONS_MAX)?,
            requests_max: reader.number("requests_max", limits::REQUESTS_MAX)?,
            request_timeout_s: reader.number("request_timeout_s", limits::REQUEST_TIMEOUT_S)?,
            header_timeout_s: reader.number("header_timeout_s", limits::HEADER_TIMEOUT_S)?,
            shutdown_grace_s: reader.number("shutdown_grace_s", limits::SHUTDOWN_GRACE_S)?,
        };
        if config.tls_cert.is_some() != config.tls_key.is_some() {
            return Err(ConfigError::HalfTls);
        }
        if config.sso.is_some() && config.public_url.is_none() {
            return Err(ConfigError::HalfSso);
        }
        Ok((config, reader.shown))
    }

    /// Defaults for a server inside a test or a simulation: loopback, any port, quiet.
    pub fn for_tests(data_dir: impl Into<PathBuf>) -> Config {
        Config {
            data_dir: data_dir.into(),
            attachments: Attachments::Inside,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            deployment_name: "test".to_owned(),
            tls_cert: None,
            tls_key: None,
            insecure_http: false,
            trusted_proxies: Vec::new(),
            web: None,
            sso: None,
            metrics_token: None,
            log: "off".to_owned(),
            connections_max: limits::CONNECTIONS_MAX,
            requests_max: limits::REQUESTS_MAX,
            request_timeout_s: limits::REQUEST_TIMEOUT_S,
            header_timeout_s: limits::HEADER_TIMEOUT_S,
            shutdown_grace_s: 5,
        }
    }

    /// Certificate and key, when TLS is on.
    pub fn tls_files(&self) -> Option<(&Path, &Path)> {
        Some((self.tls_cert.as_deref()?, self.tls_key.as_deref()?))
    }

    /// Refuses to carry personal data in the clear over a network, unless told to.
    pub fn check_transport(&self, listen: SocketAddr) -> Result<(), ConfigError> {
        if self.tls_files().is_none() && !listen.ip().is_loopback() && !self.insecure_http {
            return Err(ConfigError::PlainHttp(listen));
        }
        Ok(())
    }
}

struct Reader<'a> {
    flags: BTreeMap<&'static str, String>,
    environment: &'a BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    shown: Vec<Shown>,
}

impl Reader<'_> {
    fn raw(&self, key: &'static str) -> Option<(String, Source)> {
        let variable = format!("QIAO_{}", key.to_ascii_uppercase());
        None.or_else(|| self.flags.get(key).map(|value| (value.clone(), Source::Flag)))
            .or_else(|| {
                self.environment
                    .get(&variable)
                    .map(|value| (value.clone(), Source::Environment))
            })
            .or_else(|| self.file.get(key).map(|value| (value.clone(), Source::File)))
    }

    fn sso(&mut self) -> Result<Option<crate::auth::sso::Settings>, ConfigError> {
        let issuer = self.get(
            "sso_issuer",
            "",
            "https://…, or http:// of this machine",
            |text| {
                let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
                let near = |start: &&str| {
                    let rest = text.strip_prefix(*start);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
                };
                let good = text.is_empty() || text.starts_with("https://") || local.iter().any(near);
                good.then(|| text.to_owned())
            },
        )?;
        let client_id = self.get("sso_client_id", "", "a text", |text| Some(text.to_owned()))?;
        let client_secret_file = self.get("sso_client_secret_file", "", "a file", optional_path)?;
        let claim = self.get("sso_claim", "sub", "the name of a claim", |text| {
            (!text.is_empty()).then(|| text.to_owned())
        })?;
        let name = self.get(
            "sso_name",
            "单位统一身份认证",
            "1 to 40 characters",
            |text| (1..=40).contains(&text.chars().count()).then(|| text.to_owned()),
        )?;
        match (issuer.is_empty(), client_id.is_empty(), client_secret_file) {
            (true, true, None) => Ok(None),
            (false, false, Some(client_secret_file)) => Ok(Some(crate::auth::sso::Settings {
                issuer,
                client_id,
                client_secret_file,
                claim,
                name,
            })),
            _ => Err(ConfigError::HalfSso),
        }
    }

    fn get<T>(
        &mut self,
        key: &'static str,
        default: &str,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let (value, source) = self
            .raw(key)
            .unwrap_or_else(|| (default.to_owned(), Source::Default));
        let parsed = parse(&value).ok_or(ConfigError::Value {
            key,
            source_name: source.to_string(),
            expected,
        })?;
        self.shown.push(Shown { key, value, source });
        Ok(parsed)
    }

    fn attachments(&mut self) -> Result<Attachments, ConfigError> {
        let place = self.get("attachments", "", "a directory or s3://BUCKET/PREFIX", |text| {
            let known = !text.contains("://") || text.starts_with("s3://");
            known.then(|| text.to_owned())
        })?;
        let text = |text: &str| Some((!text.is_empty()).then(|| text.to_owned()));
        let endpoint = self.get("attachments_endpoint", "", "http://… or https://…", |url| {
            let known = url.is_empty() || url.starts_with("http://") || url.starts_with("https://");
            known.then(|| text(url))?
        })?;
        let region = self.get("attachments_region", "", "a region", text)?;
        let key_id = self.get("attachments_key_id", "", "the id of a key", text)?;
        let secret = self.get_secret("attachments_secret")?;
        Ok(match place {
            place if place.is_empty() => Attachments::Inside,
            url if url.starts_with("s3://") => Attachments::S3(S3 {
                url,
                endpoint,
                region,
                key_id,
                secret,
            }),
            folder => Attachments::Folder(PathBuf::from(folder)),
        })
    }

    fn get_secret(&mut self, key: &'static str) -> Result<Option<Secret>, ConfigError> {
        let found = self.raw(key).filter(|(value, _)| !value.is_empty());
        let (value, source) = match &found {
            Some((_, source)) => ("(set)".to_owned(), *source),
            None => (String::new(), Source::Default),
        };
        self.shown.push(Shown { key, value, source });
        Ok(found.map(|(value, _)| Secret(value)))
    }

    fn number<T: std::str::FromStr + Copy + fmt::Display + PartialOrd + From<u8>>(
        &mut self,
        key: &'static str,
        default: T,
    ) -> Result<T, ConfigError> {
        self.get(key, &default.to_string(), "a positive number", |text| {
            text.parse().ok().filter(|number| *number >= T::from(1))
        })
    }
}

fn optional_path(text: &str) -> Option<Option<PathBuf>> {
    Some((!text.is_empty()).then(|| PathBuf::from(text)))
}

const KEYS: [&str; 26] = [
    "data",
    "attachments",
    "attachments_endpoint",
    "attachments_region",
    "attachments_key_id",
    "attachments_secret",
    "listen",
    "public_url",
    "deployment_name",
    "tls_cert",
    "tls_key",
    "insecure_http",
    "trusted_proxies",
    "web",
    "sso_issuer",
    "sso_client_id",
    "sso_client_secret_file",
    "sso_claim",
    "sso_name",
    "metrics_token",
    "log",
    "connections_max",
    "requests_max",
    "request_timeout_s",
    "header_timeout_s",
    "shutdown_grace_s",
];

fn read_file(path: &Path) -> Result<BTreeMap<String, String>, ConfigError> {
    let bad = |text: String| ConfigError::File(path.to_owned(), text);
    let text = std::fs::read_to_string(path).map_err(|error| bad(error.kind().to_string()))?;
    // The parser's own message quotes the line, which may hold a secret.
    let table: toml::Table = text.parse().map_err(|_| bad("not valid TOML".to_owned()))?;
    let mut values = BTreeMap::new();
    for (key, value) in table {
        if !KEYS.contains(&key.as_str()) {
            return Err(ConfigError::UnknownKey(key));
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            toml::Value::Array(items) => items
                .iter()
                .filter_map(toml::Value::as_str)
                .collect::<Vec<_>>()
                .join(","),
            _ => {
                return Err(bad(format!(
                    "{key}: expected text, a number, true/false or a list"
                )));
            }
        };
        values.insert(key, value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn source_of(shown: &[Shown], key: &str) -> Source {
        shown.iter().find(|entry| entry.key == key).unwrap().source
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("qiao.toml");
        std::fs::write(&file, "listen = '127.0.0.1:1'\nrequests_max = 7\nlog = 'warn'\n").unwrap();
        let environment = environment(&[
            ("QIAO_CONFIG", file.to_str().unwrap()),
            ("QIAO_LISTEN", "127.0.0.1:2"),
            ("QIAO_REQUESTS_MAX", "8"),
        ]);
        let flags = Flags {
            listen: Some("127.0.0.1:3".to_owned()),
            ..Flags::default()
        };
        let (config, shown) = Config::from_sources(flags, &environment).unwrap();
        assert_eq!(
            (config.listen.port(), config.requests_max, config.log.as_str()),
            (3, 8, "warn")
        );
        assert_eq!(source_of(&shown, "listen"), Source::Flag);
        assert_eq!(source_of(&shown, "requests_max"), Source::Environment);
        assert_eq!(source_of(&shown, "log"), Source::File);
        assert_eq!(source_of(&shown, "tls_key"), Source::Default);
        assert_eq!(shown.len(), KEYS.len());
    }

    #[test]
    fn secrets_are_not_shown_and_bad_values_are_not_repeated() {
        let environment = environment(&[("QIAO_METRICS_TOKEN", "hunter2")]);
        let (config, shown) = Config::from_sources(Flags::default(), &environment).unwrap();
        assert!(!format!("{config:?}{shown:?}").contains("hunter2"));
        let bad = [("QIAO_LISTEN".to_owned(), "hunter2".to_owned())].into();
        let error = Config::from_sources(Flags::default(), &bad).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_typing_error_in_the_file_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("qiao.toml");
        std::fs::write(&file, "lisen = 'x'\n").unwrap();
        let flags = Flags {
            config: Some(file),
            ..Flags::default()
        };
        let error = Config::from_sources(flags, &BTreeMap::new()).unwrap_err();
        assert_eq!(error, ConfigError::UnknownKey("lisen".to_owned()));
    }

    #[test]
    fn plain_http_leaves_loopback_only_on_request() {
        let mut config = Config::for_tests("x");
        let world = "0.0.0.0:80".parse().unwrap();
        assert!(config.check_transport("127.0.0.1:80".parse().unwrap()).is_ok());
        assert_eq!(config.check_transport(world), Err(ConfigError::PlainHttp(world)));
        config.insecure_http = true;
        assert!(config.check_transport(world).is_ok());
    }
}
