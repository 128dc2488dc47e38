//! Roles in requests and answers. Their meaning is [`sync_core::policy`]'s.

pub use sync_core::policy::Role;

/// The names of the roles, for the interface description.
#[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleName {
    /// 驻村工作队
    Team,
    /// 村委会
    Committee,
    /// 驻村干部, of the township
    VillageCadre,
    /// 帮扶单位
    Unit,
    /// 乡镇
    Township,
    /// 县级部门
    County,
    /// 管理员
    Admin,
    /// The server itself; no person has it.
    Relay,
}
