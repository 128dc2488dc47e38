//! The roles a grant can give. What each may do is the table in [`crate::policy`].

/// What a person does in the village, or the server itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Member of the village work team (驻村工作队).
    Team,
    /// Village committee (村委会).
    Committee,
    /// Township cadre assigned to villages: the township's hand on the spot, not its signature.
    VillageCadre,
    /// Cadre of an assistance unit (帮扶单位).
    Unit,
    /// Township (乡镇).
    Township,
    /// County department.
    County,
    /// Administrator of devices and people; sees and writes no documents.
    Admin,
    /// The server itself: imports and cards.
    Relay,
}

impl Role {
    /// Every role, in the order of the wire numbers.
    pub const ALL: &'static [Role] = &[
        Role::Team,
        Role::Committee,
        Role::VillageCadre,
        Role::Unit,
        Role::Township,
        Role::County,
        Role::Admin,
        Role::Relay,
    ];

    /// The number on the wire. Append-only.
    pub fn wire(self) -> u8 {
        match self {
            Role::Team => 1,
            Role::Committee => 2,
            Role::VillageCadre => 3,
            Role::Unit => 4,
            Role::Township => 5,
            Role::County => 6,
            Role::Admin => 7,
            Role::Relay => 8,
        }
    }

    /// The role with this number; `None` for one that a newer version has added.
    pub fn from_wire(number: u8) -> Option<Role> {
        Role::ALL.iter().copied().find(|role| role.wire() == number)
    }

    /// The name in grants, commands and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Team => "team",
            Role::Committee => "committee",
            Role::VillageCadre => "village_cadre",
            Role::Unit => "unit",
            Role::Township => "township",
            Role::County => "county",
            Role::Admin => "admin",
            Role::Relay => "relay",
        }
    }

    /// Reads what [`Role::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Role> {
        Role::ALL.iter().copied().find(|role| role.as_str() == text)
    }

    /// The name for people, Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Role::Team => "驻村工作队",
            Role::Committee => "村委会",
            Role::VillageCadre => "驻村干部（乡镇包村）",
            Role::Unit => "帮扶单位",
            Role::Township => "乡镇",
            Role::County => "县级部门",
            Role::Admin => "管理员",
            Role::Relay => "系统",
        }
    }

    /// The name for people, English.
    pub fn en(self) -> &'static str {
        match self {
            Role::Team => "village work team",
            Role::Committee => "village committee",
            Role::VillageCadre => "township cadre in the village",
            Role::Unit => "assistance unit",
            Role::Township => "township",
            Role::County => "county department",
            Role::Admin => "administrator",
            Role::Relay => "system",
        }
    }
}
