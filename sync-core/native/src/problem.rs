//! Every error of a device as people and scripts read it: a stable code, Chinese, English, and where it applies.
//!
//! Owns the codes that are the device's own; refusals of the engine and the server keep the codes of
//! [`sync_core::reason::Reason`]. No text here carries what a user wrote.

use serde::Serialize;
use sync_core::edit::Refusal;
use sync_core::engine::EngineError;
use sync_core::reason::Reason;

use crate::store::StoreError;

/// An error as it is shown: `{"code", "zh", "en", "path"?}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{en}")]
pub struct Problem {
    /// Stable, snake_case.
    pub code: String,
    /// What is wrong and what to do, Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Where in an edit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// Seconds after which trying again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

/// Exit code: done.
pub const EXIT_DONE: u8 = 0;
/// Exit code: an edit or a line was refused here, or something asked for does not exist. What the server refused of a
/// completed sync is in its report, and `returned` shows it.
pub const EXIT_REFUSED: u8 = 1;
/// Exit code: the command line is wrong (clap's own).
pub const EXIT_USAGE: u8 = 2;
/// Exit code: the device's standing does not allow it: not enrolled, waiting, ended, wiped.
pub const EXIT_STANDING: u8 = 3;
/// Exit code: no contact with the server, or it failed. Nothing is lost; try again.
pub const EXIT_CONTACT: u8 = 4;
/// Exit code: the device's own disk or store: in use, full, damaged.
pub const EXIT_STORE: u8 = 5;

/// Declares the device's own codes with their texts and exit codes.
macro_rules! codes {
    ($($name:ident = $code:literal, $exit:ident, $zh:literal, $en:literal;)+) => {
        /// A cause of the device's own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $(#[doc = $en] $name,)+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];
            /// Its text form.
            pub fn as_str(self) -> &'static str { match self { $(Code::$name => $code,)+ } }
            /// In Chinese.
            pub fn zh(self) -> &'static str { match self { $(Code::$name => $zh,)+ } }
            /// In English.
            pub fn en(self) -> &'static str { match self { $(Code::$name => $en,)+ } }
            fn exit(self) -> u8 { match self { $(Code::$name => $exit,)+ } }
        }
    };
}

codes! {
    StoreInUse = "store_in_use", EXIT_STORE,
        "另一个程序正在使用这台设备的数据目录。请先结束它再试。",
        "Another process is using this device's directory. End it and try again.";
    StoreFull = "device_full", EXIT_STORE,
        "存储空间已满，这一步没有保存。请清理空间后再试。",
        "Storage is full and this step was not saved. Free some space and try again.";
    StoreDamaged = "store_damaged", EXIT_STORE,
        "本机数据文件已损坏。请保留该目录并联系管理员。",
        "The device's data file is damaged. Keep the directory and ask the administrator.";
    StoreFailed = "store_failed", EXIT_STORE,
        "读写本机磁盘失败，这一步没有保存。请检查磁盘。",
        "The disk failed and this step was not saved. Check the disk.";
    NoDevice = "no_device", EXIT_STANDING,
        "这个目录里还没有设备。请先用 enrol 登记。",
        "There is no device in this directory. Enrol first.";
    DeviceExists = "device_exists", EXIT_STANDING,
        "这个目录里已经有一台设备。请另选目录。",
        "This directory holds a device already. Choose another one.";
    Wiped = "wiped", EXIT_STANDING,
        "管理员已停用这台设备，密钥和全部数据已按指令销毁。",
        "This device was ended by its administrator; its key and all its data have been destroyed as ordered.";
    Locked = "locked", EXIT_STANDING,
        "离线时间过长，内容已锁定。请联网同步后再查看；新的记录仍可保存。",
        "Too long without contact: what is held is locked until the next sync. New records can still be made.";
    Unreachable = "unreachable", EXIT_CONTACT,
        "连接不上服务器。记录已保存在本机，有信号时再同步。",
        "The server cannot be reached. Records are kept on this device; sync when there is a signal.";
    Interrupted = "interrupted", EXIT_CONTACT,
        "连接中断。已收到的内容都已保存，再次同步会接着进行。",
        "The line broke. What arrived is stored, and the next sync goes on from there.";
    BadAnswer = "bad_answer", EXIT_CONTACT,
        "服务器的回答无法识别。请检查服务器地址，或更新应用。",
        "The server's answer makes no sense. Check its address or update the app.";
    BadServerUrl = "bad_server_url", EXIT_USAGE,
        "服务器地址不正确，应以 https:// 开头（本机测试可用 http://）。",
        "The server's address is not valid; it begins with https:// (http:// for tests on this machine).";
    BadJson = "bad_json", EXIT_REFUSED,
        "这一行不是正确的 JSON。",
        "This is not valid JSON.";
    BadEdit = "bad_edit", EXIT_REFUSED,
        "修改的写法不对：缺少字段，或字段类型不符。",
        "This is not an edit: a field is missing or has the wrong form.";
    LineTooLong = "line_too_long", EXIT_REFUSED,
        "这一行太长。",
        "The line is too long.";
    BadCommand = "bad_command", EXIT_REFUSED,
        "没有这个命令，或参数不对。",
        "There is no such command, or its arguments are wrong.";
    BadFile = "bad_file", EXIT_REFUSED,
        "文件无法读取或写入。",
        "The file cannot be read or written.";
    NoSuchReturned = "no_such_returned", EXIT_REFUSED,
        "没有这个编号的退回记录。",
        "There is no returned change of this number.";
    EnrolRefused = "enrol_refused", EXIT_STANDING,
        "服务器没有接受登记请求。请核对邀请码，或联系管理员。",
        "The server did not take the request. Check the invitation or ask the administrator.";
    CodeUnknown = "code_unknown", EXIT_STANDING,
        "邀请码不正确或已失效。请核对，或请管理员重新邀请。",
        "The invitation code is wrong or no longer holds. Check it or ask for a new one.";
    CodeUsed = "code_used", EXIT_STANDING,
        "邀请码已被使用。请管理员重新邀请。",
        "The invitation has been used. Ask for a new one.";
    CodeExpired = "code_expired", EXIT_STANDING,
        "邀请码已过期。请管理员重新邀请。",
        "The invitation has expired. Ask for a new one.";
    IdentityMismatch = "identity_mismatch", EXIT_STANDING,
        "服务器返回的设备身份与本机密钥不符，已中止登记。请检查网络和服务器地址。",
        "The server named another identity than this key's: enrolment stopped. Check the network and the address.";
}

impl Code {
    /// As it is shown.
    pub fn problem(self) -> Problem {
        Problem {
            code: self.as_str().to_owned(),
            zh: self.zh().to_owned(),
            en: self.en().to_owned(),
            path: Vec::new(),
            retry_after_s: None,
        }
    }

    /// As it is shown, at a place of an edit.
    pub fn at(self, path: &[&str]) -> Problem {
        Problem {
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            ..self.problem()
        }
    }
}

impl Problem {
    /// The exit code it means.
    pub fn exit(&self) -> u8 {
        if let Some(code) = Code::ALL.iter().find(|code| code.as_str() == self.code) {
            return code.exit();
        }
        match Reason::from_code(&self.code) {
            Some(
                Reason::NotEnrolled
                | Reason::DevicePending
                | Reason::DeviceDenied
                | Reason::DeviceRevoked
                | Reason::DeviceSuspended
                | Reason::DeviceLost
                | Reason::GrantExpired
                | Reason::WrongDeployment
                | Reason::UnsupportedVersion,
            ) => EXIT_STANDING,
            Some(Reason::ServerBusy | Reason::RateLimited) => EXIT_CONTACT,
            _ => EXIT_REFUSED,
        }
    }

    /// Whether it means that the device cannot reach or use the server now, and that waiting may help.
    pub fn passing(&self) -> bool {
        self.exit() == EXIT_CONTACT
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        code.problem()
    }
}

impl From<Reason> for Problem {
    fn from(reason: Reason) -> Self {
        Problem {
            code: reason.code().to_owned(),
            zh: reason.zh().to_owned(),
            en: reason.en().to_owned(),
            path: Vec::new(),
            retry_after_s: None,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem {
            path: refusal.path,
            ..refusal.reason.into()
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::InUse => Code::StoreInUse,
            StoreError::Missing => Code::NoDevice,
            StoreError::Exists => Code::DeviceExists,
            StoreError::Wiped => Code::Wiped,
            StoreError::Full => Code::StoreFull,
            StoreError::Damaged => Code::StoreDamaged,
            StoreError::Io(_) => Code::StoreFailed,
        }
        .into()
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused(refusal) => refusal.into(),
            EngineError::Server {
                reason,
                retry_after_s,
            } => Problem {
                retry_after_s: (retry_after_s > 0).then_some(retry_after_s),
                ..reason.into()
            },
            EngineError::Corrupt(_) => Code::StoreDamaged.into(),
            EngineError::Malformed(_) => Code::BadAnswer.into(),
            // Never reaches a caller of the device; if it did, a body could not be found.
            _ => Code::StoreDamaged.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_unique_and_says_something_in_both_languages() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(
                Code::ALL[..index]
                    .iter()
                    .all(|other| other.as_str() != code.as_str())
            );
            assert!(code.zh().ends_with('。') && code.en().ends_with('.'), "{code:?}");
            assert!(code.en().is_ascii(), "{code:?}");
        }
    }

    #[test]
    fn a_refusal_keeps_its_code_and_its_place() {
        let problem = Problem::from(Refusal::at(Reason::WrongType, &["members", "a", "age"]));
        let shown = serde_json::to_value(&problem).unwrap();
        assert_eq!(shown["code"], "wrong_type");
        assert_eq!(shown["path"][2], "age");
        assert_eq!(problem.exit(), EXIT_REFUSED);
        assert_eq!(Problem::from(StoreError::InUse).exit(), EXIT_STORE);
    }
}
