//! SQL of the registry tables (migration 0001). Rules live in `crate::registry`.
