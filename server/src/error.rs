//! Every refusal the administration can give, as stable codes with a Chinese and an English text.
//!
//! Owns the codes; never a value from a request: no text here or made from these can carry
//! personal data. `problem.rs` turns an [`Error`] into RFC 9457 problem details.

use std::borrow::Cow;

use crate::store::StoreError;

/// What can go wrong, for a caller of `registry/` and `http/`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request is refused for a reason its sender can act on.
    #[error("{}", .code.title_en())]
    Refused {
        /// Which reason.
        code: Code,
        /// What is wrong with which field, if fields are to blame.
        fields: Vec<FieldError>,
        /// When trying again makes sense.
        retry_after_s: Option<u64>,
    },
    /// The store failed; the sender can only try again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A bug or a broken machine. The text is logged, never sent.
    #[error("internal: {0}")]
    Internal(Cow<'static, str>),
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer into the request.
    #[schema(example = "/places/0")]
    pub field: Cow<'static, str>,
    /// Stable code: `required`, `too_long`, `bad_id`, `unknown`, `taken`, `not_allowed`, `bad_value`.
    pub code: &'static str,
}

impl Error {
    /// A refusal with a list of field errors.
    pub fn fields(fields: Vec<FieldError>) -> Error {
        Error::Refused {
            code: Code::Invalid,
            fields,
            retry_after_s: None,
        }
    }

    /// A refusal because of one field.
    pub fn field(field: impl Into<Cow<'static, str>>, code: &'static str) -> Error {
        Error::fields(vec![FieldError {
            field: field.into(),
            code,
        }])
    }

    /// A refusal that ends by itself.
    pub fn retry(code: Code, retry_after_s: u64) -> Error {
        Error::Refused {
            code,
            fields: Vec::new(),
            retry_after_s: Some(retry_after_s),
        }
    }

    /// A bug or a broken machine, said without personal data.
    pub fn internal(text: impl Into<Cow<'static, str>>) -> Error {
        Error::Internal(text.into())
    }

    /// The code its sender sees.
    pub fn code(&self) -> Code {
        match self {
            Error::Refused { code, .. } => *code,
            Error::Store(StoreError::Conflict) => Code::Conflict,
            Error::Store(error) if error.is_full() => Code::StorageFull,
            Error::Store(_) => Code::Unavailable,
            Error::Internal(_) => Code::Internal,
        }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Error {
        Error::Refused {
            code,
            fields: Vec::new(),
            retry_after_s: None,
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title_zh:literal, $title_en:literal, $detail_zh:literal, $detail_en:literal;)*) => {
        /// A stable reason. The text form never changes once released.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* #[doc = $title_en] $name,)* }

        impl Code {
            /// Every code, for the documentation and its tests.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The stable text form.
            pub fn as_str(self) -> &'static str { match self { $(Code::$name => $text,)* } }
            /// The HTTP status it goes with.
            pub fn status(self) -> u16 { match self { $(Code::$name => $status,)* } }
            /// A few words, Chinese.
            pub fn title_zh(self) -> &'static str { match self { $(Code::$name => $title_zh,)* } }
            /// A few words, English.
            pub fn title_en(self) -> &'static str { match self { $(Code::$name => $title_en,)* } }
            /// What happened and what to do, Chinese.
            pub fn detail_zh(self) -> &'static str { match self { $(Code::$name => $detail_zh,)* } }
            /// What happened and what to do, English.
            pub fn detail_en(self) -> &'static str { match self { $(Code::$name => $detail_en,)* } }
        }
    };
}

codes! {
    Malformed = "malformed", 400, "请求格式有误", "Malformed request",
        "请求内容不是约定的 JSON 格式。", "The request is not the JSON this address expects.";
    Invalid = "invalid", 422, "内容有误", "Invalid content",
        "有字段不符合要求，见 errors。", "Some fields are not acceptable; see errors.";
    SignedOut = "signed_out", 401, "未登录", "Not signed in",
        "请先登录；会话可能已过期。", "Sign in first; the session may have ended.";
    BadCredentials = "bad_credentials", 401, "登录失败", "Sign-in failed",
        "账号、密码或动态码不正确。", "The login, the password or the one-time code is wrong.";
    AccountLocked = "account_locked", 429, "账号暂时锁定", "Account locked for a while",
        "错误次数过多，请稍后再试。", "Too many wrong attempts; try again later.";
    PasskeyRefused = "passkey_refused", 401, "通行密钥未通过", "Passkey not accepted",
        "没有认出此通行密钥，或验证未完成。请重试，或改用密码登录。", "This passkey is not known here, or was not confirmed. Try again, or use your password.";
    PasskeysOff = "passkeys_off", 409, "不能使用通行密钥", "Passkeys cannot be used",
        "通行密钥需要以域名和 HTTPS 访问的地址。", "Passkeys need an address with a name, over HTTPS.";
    QuestionOver = "question_over", 409, "验证已过时", "This has run out",
        "验证请求已过期或已使用，请重新开始。", "The request was used already or took longer than five minutes; start again.";
    SsoOff = "sso_off", 409, "没有启用单位统一登录", "No single sign-on here",
        "此服务器没有设置单位统一登录。", "This server is not set up for a single sign-on.";
    SsoRefused = "sso_refused", 401, "统一登录未通过", "The single sign-on was not accepted",
        "单位统一登录没有完成。请重试，或改用其他方式登录。", "The single sign-on was not completed. Try again, or sign in another way.";
    SsoUnknown = "sso_unknown", 403, "没有关联的账号", "No account is linked",
        "您的单位账号还没有关联到这里的账号，请联系管理员。", "Nobody has linked your office's account to one here; ask the administrator.";
    StepUpNeeded = "step_up_needed", 403, "需要再次验证身份", "Confirm your identity",
        "此操作要求在最近五分钟内再次验证身份（通行密钥，或密码和动态码）。", "This needs your identity confirmed within the last five minutes: a passkey, or password and one-time code.";
    NotAllowed = "not_allowed", 403, "没有权限", "Not allowed",
        "当前角色不能进行此操作。", "Your role may not do this.";
    OutsideArea = "outside_area", 403, "超出管辖范围", "Outside your area",
        "对象不在您管辖的地区内。", "This lies outside the places you administer.";
    CsrfRefused = "csrf_refused", 403, "来源不可信", "Untrusted origin",
        "请求并非来自本站页面，已拒绝。", "The request did not come from this site's own pages.";
    NotFound = "not_found", 404, "找不到", "Not found",
        "没有这个地址或对象。", "There is no such address or object.";
    MethodNotAllowed = "method_not_allowed", 405, "方法不支持", "Method not allowed",
        "此地址不支持这种请求方法。", "This address does not support that method.";
    Timeout = "timeout", 408, "请求超时", "Request timed out",
        "处理时间过长，请重试。", "It took too long; try again.";
    Conflict = "conflict", 409, "与现有数据冲突", "Conflict with what exists",
        "已存在相同的编号，或引用的对象不存在。", "The id is taken, or something referred to does not exist.";
    WrongState = "wrong_state", 409, "当前状态不允许", "Not possible in this state",
        "对象的当前状态不允许此操作，请刷新后再看。", "The object's present state does not allow this; reload and look again.";
    TooLarge = "too_large", 413, "内容过大", "Content too large",
        "请求内容超过上限。", "The request exceeds the size limit.";
    UnsupportedMedia = "unsupported_media_type", 415, "内容类型不支持", "Unsupported content type",
        "请使用 application/json。", "Use application/json.";
    TooManyRequests = "too_many_requests", 429, "请求过于频繁", "Too many requests",
        "请稍后再试。", "Try again later.";
    CodeUnknown = "code_unknown", 404, "邀请码无效", "Invitation code not known",
        "邀请码不正确，或已因多次输错而作废。", "The code is wrong, or was cancelled after wrong tries.";
    CodeUsed = "code_used", 409, "邀请码已使用", "Invitation code already used",
        "每个邀请码只能用一次，请联系管理员重新邀请。", "A code works once; ask the administrator for a new one.";
    CodeExpired = "code_expired", 410, "邀请码已过期", "Invitation code expired",
        "请联系管理员重新邀请。", "Ask the administrator for a new one.";
    ProofInvalid = "proof_invalid", 422, "设备签名无效", "Device signature invalid",
        "请求未由该设备密钥正确签名。", "The request is not signed by the key it presents.";
    ProofStale = "proof_stale", 401, "签名时间不符", "Signed at another time",
        "设备时间与服务器相差过大，请按服务器时间重新签名。", "The device's clock and the server's differ too much; sign again by the server's time.";
    ProofInvalidDevice = "proof_invalid_device", 401, "设备签名无效", "Device signature invalid",
        "请求没有由已登记设备的密钥正确签名。", "The request is not signed by the key of a known device.";
    UploadOffset = "upload_offset", 409, "续传位置不符", "The upload goes on elsewhere",
        "请从 Upload-Offset 给出的位置继续上传。", "Go on from where Upload-Offset says.";
    UploadDamaged = "upload_damaged", 422, "附件损坏", "The attachment is damaged",
        "收到的内容与附件名称不符，已丢弃，请重新上传。", "What arrived is not what its name says and was dropped; send it again.";
    AttachmentType = "attachment_type", 415, "附件类型不支持", "Not a sort of attachment that is taken",
        "只接收 WebP、JPEG、PNG 图片和 PDF 文件。", "Only WebP, JPEG and PNG pictures and PDF files are taken.";
    AttachmentQuota = "attachment_quota", 429, "附件上传过多", "Too many attachments",
        "这台设备近一天上传的附件已达上限，稍后会自动继续。", "This device has sent as much as it may in a day; it goes on by itself later.";
    TooManyPending = "too_many_pending", 503, "待审批设备过多", "Too many requests are waiting",
        "待审批的设备过多，请联系管理员处理后再试。", "Too many devices wait for approval; ask the administrator, then try again.";
    Unavailable = "unavailable", 503, "服务暂不可用", "Unavailable",
        "服务器暂时无法处理，请稍后再试。", "The server cannot do this now; try again later.";
    StorageFull = "server_storage_full", 507, "服务器存储空间已满", "The server's disk is full",
        "服务器磁盘已满，没有写入任何内容；腾出空间后会自动恢复。请联系管理员。", "The server's disk is full and nothing was written; it goes on by itself once there is room. Tell the administrator.";
    Internal = "internal", 500, "服务器内部错误", "Internal error",
        "服务器出错，已记录。请凭请求编号联系管理员。", "The server made an error and has recorded it; quote the request id.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_texts_a_status_and_is_unique() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} twice", code.as_str());
            assert!((400..600).contains(&code.status()));
            assert!(!code.title_zh().is_ascii() && code.title_en().is_ascii());
            assert!(!code.detail_zh().is_ascii() && code.detail_en().is_ascii());
        }
    }
}
