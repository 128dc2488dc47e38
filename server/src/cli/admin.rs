//! `qiao admin …`: the first account, places, units, invitations and decisions, from the server's own shell.

use std::io::BufRead;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::people::{PairCommand, PersonCommand, PlaceCommand, UnitCommand};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::registry::accounts::{self, NewAccount};
use crate::registry::devices::{self, Approval, Decision, DeviceView, Filter, Status};
use crate::registry::invitations::{self, NewInvitation};
use crate::registry::people::{self, NewPerson};
use crate::registry::{Actor, Role, Slice, audit, enrolments};

/// Administration commands.
#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Make an account that can sign in, with its person if that does not exist
    CreateAccount {
        /// Login
        #[arg(long)]
        login: String,
        /// Name of the person
        #[arg(long)]
        name: String,
        /// Id of the person; a new one is made if absent
        #[arg(long)]
        person: Option<String>,
        /// Read the password from standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
        /// No one-time codes: for demonstrations and tests only
        #[arg(long)]
        no_totp: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Give an account a new password, new one-time codes and new recovery codes
    ResetAccount {
        /// Id of the person
        person: String,
        /// Read the password from standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Places
    #[command(subcommand)]
    Place(PlaceCommand),
    /// Assistance units
    #[command(subcommand)]
    Unit(UnitCommand),
    /// People
    #[command(subcommand)]
    Person(PersonCommand),
    /// Which unit stands by which village or household
    #[command(subcommand)]
    Pair(PairCommand),
    /// Invite a person's device: prints link, code and QR code
    Invite {
        /// Id of the person
        person: String,
        /// Device (hex) whose place the new one takes
        #[arg(long)]
        replaces: Option<String>,
        /// Hours the invitation holds
        #[arg(long, default_value_t = 24)]
        hours: i64,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List devices
    Devices {
        /// Only in this state: pending, active, denied, revoked, lost, suspended, replaced
        #[arg(long, value_parser = parse_status)]
        status: Option<Status>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Let a pending device in; first compare its six words with those on its screen
    Approve {
        /// Identity, hex
        device: String,
        /// The six words have been compared
        #[arg(long)]
        words_compared: bool,
        /// Person, for a walk-up request
        #[arg(long)]
        person: Option<String>,
        /// Role
        #[arg(long, value_parser = parse_role)]
        role: Option<Role>,
        /// Places of the role
        #[arg(long, value_delimiter = ',')]
        places: Option<Vec<String>>,
        /// Unit
        #[arg(long)]
        unit: Option<String>,
    },
    /// Refuse a pending device
    Deny {
        /// Identity, hex
        device: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// End a device; it wipes itself
    Revoke {
        /// Identity, hex
        device: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
        /// It was lost
        #[arg(long)]
        lost: bool,
    },
    /// Check the chain of decisions
    VerifyAudit,
}

pub(super) fn parse_role(text: &str) -> Result<Role, String> {
    Role::parse(text)
        .ok_or_else(|| "expected team, committee, village_cadre, unit, township, county or admin".into())
}

fn parse_status(text: &str) -> Result<Status, String> {
    Status::parse(text)
        .ok_or_else(|| "expected pending, active, denied, revoked, lost, suspended or replaced".into())
}

/// Runs one administration command on the data directory.
pub(super) async fn run(config: Config, command: Admin) -> anyhow::Result<()> {
    let app = App::open(config, Clock::System).await?;
    let done = dispatch(&app, command).await;
    app.relay.stop().await;
    app.store.close().await;
    done
}

async fn dispatch(app: &App, command: Admin) -> anyhow::Result<()> {
    let actor = Actor::command_line();
    match command {
        Admin::CreateAccount {
            login,
            name,
            person,
            password_stdin,
            no_totp,
            json,
        } => {
            let password = take_password(password_stdin)?;
            let person = match person {
                Some(id) if known(app, &actor, &id).await? => id,
                id => {
                    let new = NewPerson {
                        id,
                        name,
                        phone: None,
                        role: Role::Admin,
                        places: Vec::new(),
                        unit: None,
                    };
                    explain(people::create(app, &actor, new).await)?.id
                }
            };
            let new = NewAccount {
                person,
                login,
                password: password.text.clone(),
            };
            print_account(
                explain(accounts::create(app, &actor, new, !no_totp).await)?,
                &password,
                json,
            )
        }
        Admin::ResetAccount {
            person,
            password_stdin,
            json,
        } => {
            let password = take_password(password_stdin)?;
            let secrets = explain(accounts::reset(app, &actor, &person, password.text.clone()).await)?;
            print_account(secrets, &password, json)
        }
        Admin::Place(command) => super::people::place(app, &actor, command).await,
        Admin::Unit(command) => super::people::unit(app, &actor, command).await,
        Admin::Person(command) => super::people::person(app, &actor, command).await,
        Admin::Pair(command) => super::people::pair(app, &actor, command).await,
        Admin::Invite {
            person,
            replaces,
            hours,
            json,
        } => {
            let expires_ms = Some(app.now() + hours * 3_600_000);
            let new = NewInvitation {
                person,
                role: None,
                places: None,
                unit: None,
                replaces,
                expires_ms,
            };
            let made = explain(invitations::create(app, &actor, &[new]).await)?;
            for invitation in made {
                if json {
                    print_json(&invitation)?;
                } else {
                    println!("{}", explain(invitations::qr_terminal(&invitation.link))?);
                    println!("link  {}\ncode  {}", invitation.link, invitation.code);
                }
            }
            Ok(())
        }
        Admin::Devices { status, json } => list_devices(app, &actor, status, json).await,
        Admin::Approve {
            device,
            words_compared,
            person,
            role,
            places,
            unit,
        } => {
            let approval = Approval {
                words_compared,
                person,
                role,
                places,
                unit,
                ..Approval::default()
            };
            print_json(&explain(devices::approve(app, &actor, &device, approval).await)?)
        }
        Admin::Deny { device, reason } => {
            print_json(&explain(devices::deny(app, &actor, &device, &reason).await)?)
        }
        Admin::Revoke { device, reason, lost } => {
            let decision = if lost {
                Decision::MarkLost(reason)
            } else {
                Decision::Revoke(reason)
            };
            print_json(&explain(devices::decide(app, &actor, &device, decision).await)?)
        }
        Admin::VerifyAudit => {
            let verification = explain(audit::verify(app).await)?;
            print_json(&verification)?;
            anyhow::ensure!(verification.intact, "the audit chain is broken");
            Ok(())
        }
    }
}

async fn known(app: &App, actor: &Actor, person: &str) -> anyhow::Result<bool> {
    match people::get(app, actor, person).await {
        Ok(_) => Ok(true),
        Err(error) if error.code() == crate::error::Code::NotFound => Ok(false),
        Err(error) => explain(Err(error)),
    }
}

async fn list_devices(app: &App, actor: &Actor, status: Option<Status>, json: bool) -> anyhow::Result<()> {
    // Those that wait for a decision come first; a list for pages leaves them out unless they are asked for.
    let wanted = match status {
        Some(status) => vec![Some(status)],
        None => vec![Some(Status::Pending), None],
    };
    for status in wanted {
        let mut slice = Slice {
            after: None,
            limit: Some(500),
        };
        let filter = Filter { status, person: None };
        loop {
            let page = explain(devices::list(app, actor, &filter, &slice).await)?;
            for device in &page.items {
                print_device(device, json)?;
            }
            match page.next {
                Some(next) => slice.after = Some(next),
                None => break,
            }
        }
    }
    if matches!(status, None | Some(Status::Pending)) && !json {
        for pending in explain(enrolments::list(app, actor, &Slice::default()).await)?.items {
            for hint in pending.hints {
                println!(
                    "{}  note: {}",
                    pending.device.device_id,
                    serde_json::to_string(&hint)?
                );
            }
        }
    }
    Ok(())
}

fn print_device(device: &DeviceView, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(device);
    }
    let words: Vec<_> = device.check_words.iter().map(|word| word.zh.as_str()).collect();
    println!(
        "{}  {:9}  {:13}  {}  {}",
        device.device_id,
        device.status.as_str(),
        device.role.map_or("-", Role::as_str),
        device.name,
        words.join(" ")
    );
    Ok(())
}

struct Password {
    text: String,
    generated: bool,
}

fn take_password(from_stdin: bool) -> anyhow::Result<Password> {
    if !from_stdin {
        let random: [u8; 15] = rand::random();
        let text = data_encoding::BASE32_NOPAD.encode(&random).to_ascii_lowercase();
        return Ok(Password {
            text,
            generated: true,
        });
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(Password {
        text: line.trim_end_matches(['\r', '\n']).to_owned(),
        generated: false,
    })
}

fn print_account(secrets: accounts::Secrets, password: &Password, json: bool) -> anyhow::Result<()> {
    let generated = password.generated.then_some(password.text.as_str());
    if json {
        return print_json(&json!({
            "person": secrets.person,
            "login": secrets.login,
            "password": generated,
            "otpauth_url": secrets.otpauth_url,
            "recovery_codes": secrets.recovery_codes,
        }));
    }
    println!("person    {}\nlogin     {}", secrets.person, secrets.login);
    if let Some(password) = generated {
        println!("password  {password}");
    }
    match &secrets.otpauth_url {
        Some(url) => {
            println!("{}", explain(invitations::qr_terminal(url))?);
            println!("Scan this with an authenticator app, or enter:\n{url}");
            println!(
                "Recovery codes, each works once:\n  {}",
                secrets.recovery_codes.join("\n  ")
            );
        }
        None => println!("This account signs in with its password alone."),
    }
    Ok(())
}

pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}

/// Puts a refusal into words for a terminal, with the fields it is about.
pub(super) fn explain<T>(result: Result<T, Error>) -> anyhow::Result<T> {
    result.map_err(|error| match &error {
        Error::Refused { code, fields, .. } => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!("{}: {}", field.field, field.code))
                .collect();
            let fields = if fields.is_empty() {
                String::new()
            } else {
                format!(" ({})", fields.join(", "))
            };
            anyhow::anyhow!("{}{fields} / {}", code.title_zh(), code.title_en())
        }
        _ => anyhow::anyhow!("{error}"),
    })
}
