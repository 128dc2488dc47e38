//! The relay from outside: phones made by hand say hello, push, and are sent what they miss.

mod attachments;
mod audience;
mod casework;
mod hostile;
mod http;
mod ingest;
mod live;
mod loading;
mod support;
mod versions;
