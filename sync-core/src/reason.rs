//! Why something was refused: one stable code per cause, with a text a villager's helper can act on.
//!
//! Owns the codes, their numbers on the wire and their texts in Chinese and English. It never carries
//! what a user wrote: a reason is safe to log, to count and to show. Where each one is decided: shape
//! and bounds of values in [`crate::schema`], rights in [`crate::policy`], everything else in the gate.

/// Declares the enum and every table about it together, so that none of them can miss an entry.
macro_rules! reasons {
    ($($name:ident = $wire:literal, $code:literal, $lasting:ident, $zh:literal, $en:literal;)+) => {
        /// A cause of refusal. The wire numbers are append-only: a number is never given to another cause.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason {
            $(#[doc = $en] $name = $wire,)+
        }

        impl Reason {
            /// Every reason, in the order of the wire numbers.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)+];

            /// The stable code: snake_case, the same in every interface and every version.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)+ }
            }

            /// What is wrong and what to do, in Chinese.
            pub fn zh(self) -> &'static str {
                match self { $(Reason::$name => $zh,)+ }
            }

            /// What is wrong and what to do, in English.
            pub fn en(self) -> &'static str {
                match self { $(Reason::$name => $en,)+ }
            }

            /// Whether sending the very same thing again can never succeed.
            pub fn permanent(self) -> bool {
                match self { $(Reason::$name => reasons!(@lasting $lasting),)+ }
            }

            /// The reason with this code.
            pub fn from_code(code: &str) -> Option<Reason> {
                match code { $($code => Some(Reason::$name),)+ _ => None }
            }

            /// The number on the wire.
            pub fn wire(self) -> u8 {
                self as u8
            }

            /// The reason with this number; `None` for one that a newer version has added.
            pub fn from_wire(number: u8) -> Option<Reason> {
                match number { $($wire => Some(Reason::$name),)+ _ => None }
            }
        }
    };
    (@lasting permanent) => { true };
    (@lasting passing) => { false };
}

reasons! {
    TooLarge = 1, "too_large", permanent,
        "这次修改太大，无法接收。请把长文字分成几次填写。",
        "This change is too large to accept. Enter long texts in several steps.";
    TooManyChanges = 2, "too_many_changes", permanent,
        "一次提交的修改太多。请更新应用后分批提交。",
        "Too many changes were sent at once. Update the app and send them in smaller batches.";
    BadSignature = 3, "bad_signature", permanent,
        "签名不符，无法确认是哪台设备提交的。请更新应用；仍不行请联系管理员重新登记设备。",
        "The signature does not match, so the sending device is not certain. Update the app; if it goes on, ask the administrator to enrol the device again.";
    BadCounter = 4, "bad_counter", permanent,
        "提交的序号已经用过。请再同步一次；如反复出现，请联系管理员。",
        "The number of this submission was used before. Sync once more; if it goes on, tell the administrator.";
    NotEnrolled = 5, "not_enrolled", permanent,
        "这台设备还没有登记。请用邀请码登记。",
        "This device is not enrolled. Enrol it with an invitation.";
    DevicePending = 6, "device_pending", passing,
        "设备正在等待管理员批准。可以继续记录，批准后自动提交。",
        "The device waits for an administrator's approval. Go on recording; it is sent once approved.";
    DeviceDenied = 7, "device_denied", permanent,
        "管理员没有批准这台设备。请联系管理员。",
        "The administrator denied this device. Speak to the administrator.";
    DeviceRevoked = 8, "device_revoked", permanent,
        "这台设备已被停用。请联系管理员。",
        "This device was revoked. Speak to the administrator.";
    DeviceSuspended = 9, "device_suspended", permanent,
        "设备数据像是被复制或从旧备份恢复过，已暂停使用。请联系管理员重新登记。",
        "The device looks copied or restored from an old backup and is suspended. Ask the administrator to enrol it again.";
    DeviceLost = 10, "device_lost", permanent,
        "这台设备已报失。如已找回，请联系管理员重新登记。",
        "This device was reported lost. If it was found, ask the administrator to enrol it again.";
    GrantExpired = 11, "grant_expired", passing,
        "授权已到期。请联系管理员续期，期间的记录不会丢失。",
        "The grant has expired. Ask the administrator to renew it; what was recorded is kept.";
    WrongDeployment = 12, "wrong_deployment", permanent,
        "这些修改属于另一个系统。请检查服务器地址。",
        "These changes belong to another deployment. Check the server's address.";
    UnsupportedVersion = 13, "unsupported_version", permanent,
        "应用版本太旧或太新，服务器无法识别。请更新应用。",
        "The server does not know this version of the app. Update the app.";
    Malformed = 14, "malformed", permanent,
        "收到的数据不完整或已损坏。请更新应用后再试。",
        "The data is damaged or incomplete. Update the app and try again.";
    WrongActor = 15, "wrong_actor", permanent,
        "修改署名的设备与提交的设备不一致，未接收。请联系管理员。",
        "The change is marked as made by another device than the one that sent it. Tell the administrator.";
    BadSeq = 16, "bad_seq", permanent,
        "修改的先后编号不连续。请再同步一次；如反复出现，请联系管理员。",
        "The order number of the change does not continue the last one. Sync once more; if it goes on, tell the administrator.";
    BadStartOp = 17, "bad_start_op", permanent,
        "修改的内部编号超出范围，未接收。请更新应用。",
        "An inner number of the change is out of range. Update the app.";
    BadDependency = 18, "bad_dependency", permanent,
        "修改所依据的记录不正确。请更新应用。",
        "What the change builds on is not valid. Update the app.";
    MissingDependency = 19, "missing_dependency", passing,
        "修改所依据的记录还没有到达，先保存等待。请再同步一次。",
        "What the change builds on has not arrived; it is kept and waits. Sync once more.";
    DependsOnRejected = 20, "depends_on_rejected", permanent,
        "这次修改建立在一条被退回的修改上，一并退回。请在“退回”中查看后重新填写。",
        "This change builds on one that was returned, so it is returned too. Look under Returned and enter it again.";
    Equivocation = 21, "equivocation", permanent,
        "同一编号出现了两份不同的修改，两份都已留存，设备暂停。请联系管理员。",
        "Two different changes carry the same number. Both are kept and the device is suspended. Speak to the administrator.";
    OutOfScope = 22, "out_of_scope", permanent,
        "这户或这件事不在您负责的范围内。请核对您的分工，或请镇里调整。",
        "This household or matter is outside your area. Check your assignment or ask the township to change it.";
    NotAllowed = 23, "not_allowed", permanent,
        "您的身份不能填写这一项。请交由有权限的人员办理。",
        "Your role may not write this. Pass it to somebody who may.";
    UnknownKind = 24, "unknown_kind", permanent,
        "服务器不认识这种档案。请更新应用。",
        "The server does not know this kind of document. Update the app.";
    UnknownField = 25, "unknown_field", permanent,
        "档案里没有这一项。请更新应用。",
        "The document has no such field. Update the app.";
    WrongType = 26, "wrong_type", permanent,
        "这一项填写的格式不对。请按提示的格式重新填写。",
        "The value has the wrong form for this field. Enter it as the form asks.";
    ValueTooLong = 27, "value_too_long", permanent,
        "文字太长。请缩短后重新填写。",
        "The text is too long. Shorten it and enter it again.";
    ValueOutOfRange = 28, "value_out_of_range", permanent,
        "数值超出允许范围或不在选项之内。请核对后重新填写。",
        "The value is out of range or not one of the choices. Check it and enter it again.";
    BadOperation = 29, "bad_operation", permanent,
        "不支持这种修改方式。请更新应用。",
        "This way of changing the document is not permitted. Update the app.";
    AppendOnly = 30, "append_only", permanent,
        "已写下的走访、答复和公告不能改也不能删。需要更正请新增一条说明。",
        "A visit, response or notice stays as written. To correct it, add a new one that says so.";
    EntryExists = 31, "entry_exists", permanent,
        "同一编号的记录已经存在。请再新增一条。",
        "A record with this number exists already. Add a new one.";
    NoSuchDocument = 32, "no_such_document", permanent,
        "找不到这份档案，可能已调整或删除。请同步后再看。",
        "There is no such document; it may have been moved or erased. Sync and look again.";
    DocumentExistsDifferently = 33, "document_exists_differently", permanent,
        "这个编号已用于另一份档案。请换一个编号。",
        "This number is taken by another document. Use another number.";
    WrongGeneration = 34, "wrong_generation", passing,
        "档案已整理换代，修改会在新档案上重新提交。请再同步一次。",
        "The document was renewed; the change will be made again on the new one. Sync once more.";
    WrongParent = 35, "wrong_parent", permanent,
        "所属的户或村不存在，或与编号不符。请核对后重新新建。",
        "The household or village it belongs to does not exist or does not fit. Check and create it again.";
    EngineRefused = 36, "engine_refused", permanent,
        "修改内容有误，无法安全写入，未接收。请更新应用并告知管理员。",
        "The change could not be applied safely and was refused. Update the app and tell the administrator.";
    OrphanQuota = 37, "orphan_quota", passing,
        "等待处理的修改太多。请先完成一次完整同步。",
        "Too many changes of this device wait for what they build on. Complete a full sync first.";
    DocumentFull = 38, "document_full", permanent,
        "这份档案已满。请联系管理员整理后再填写。",
        "This document is full. Ask the administrator to renew it.";
    RateLimited = 39, "rate_limited", passing,
        "提交太频繁，稍后会自动再试。",
        "Too many requests; it is tried again shortly.";
    ServerBusy = 40, "server_busy", passing,
        "服务器正忙，稍后会自动再试。记录已保存在本机。",
        "The server is busy; it is tried again shortly. The record is kept on this device.";
    QuarantinedLate = 41, "quarantined_late", passing,
        "设备停用之后才收到这些修改，已留待管理员审查。",
        "These changes arrived after the device was revoked and wait for an administrator's review.";
    DiscardedByAdministrator = 42, "discarded_by_administrator", permanent,
        "管理员审查后未采用这次修改。如有疑问请联系管理员。",
        "An administrator reviewed this change and did not take it. Ask the administrator if in doubt.";
    StorageFull = 43, "storage_full", passing,
        "存储空间已满。请清理空间后再试，未提交的记录不会丢失。",
        "Storage is full. Free some space and try again; unsent records are kept.";
    ClientBug = 44, "client_bug", permanent,
        "应用出现错误。请更新应用并告知管理员。",
        "The app made a mistake. Update the app and tell the administrator.";
    NoSuchEntry = 45, "no_such_entry", permanent,
        "这一条目不存在或已被删除。请刷新后重新选择要修改的条目。",
        "There is no such entry, or it has been deleted. Refresh and choose the entry again.";
}

impl std::fmt::Display for Reason {
    /// Shows the code; the texts are for people and chosen by language.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Reason {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_snake_case() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for code in codes {
            assert!(code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{code}");
            assert!(
                !code.starts_with('_') && !code.ends_with('_') && !code.contains("__"),
                "{code}"
            );
        }
    }

    #[test]
    fn every_reason_comes_back_from_its_code_and_its_number() {
        for &reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
            assert_eq!(Reason::from_wire(reason.wire()), Some(reason));
        }
        assert_eq!(Reason::from_wire(0), None, "zero stays free for `no reason`");
        assert_eq!(Reason::from_wire(255), None);
        assert_eq!(Reason::from_code("no_such_code"), None);
    }

    #[test]
    fn the_numbers_are_dense_and_in_order() {
        for (index, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(usize::from(reason.wire()), index + 1, "{reason}");
        }
    }

    #[test]
    fn every_text_says_something_in_its_own_language() {
        for reason in Reason::ALL {
            assert!(reason.zh().chars().count() >= 10, "{reason}");
            assert!(reason.zh().ends_with('。'), "{reason}");
            assert!(
                reason
                    .zh()
                    .chars()
                    .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{reason}"
            );
            assert!(
                reason.en().len() >= 10 && reason.en().is_ascii() && reason.en().ends_with('.'),
                "{reason}"
            );
        }
    }

    #[test]
    fn waiting_helps_only_where_the_server_or_the_order_is_the_cause() {
        assert!(!Reason::ServerBusy.permanent());
        assert!(!Reason::MissingDependency.permanent());
        assert!(Reason::NotAllowed.permanent());
        assert!(Reason::AppendOnly.permanent());
    }
}
