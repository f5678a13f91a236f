//! The data plane: reads the Global Event Stream, and forwards to each consumer's stream just the events that the rules say
//! it may have. [`start`] runs one fanner inside any process; the program `fanner` and the local platform both use it.
//!
//! ```text
//!  rules ────watch─────┐
//!                      ▼
//!  source ─► feed ─► pipeline ─► lane ─► a consumer's stream
//!              ▲        │  ▲      │
//!              │        ▼  └ done ┘
//!              └── checkpoint
//! ```

mod aside;
mod backoff;
mod checkpoint;
mod clock;
mod config;
mod deliveries;
mod event;
mod feed;
mod http;
mod kinesis;
mod lane;
mod mask;
mod pipeline;
mod position;
mod publish;
mod report;
mod router;
mod rules;
mod running;
mod sealed;
mod sightings;
mod source;
mod tail;
mod telemetry;
mod trust;
mod worker;

pub use aside::{Budget, Kept, kept_in};
pub use clock::Clock;
pub use config::{Args, Config, Start, Tuning, aside_dir};
pub use kinesis::Kinesis;
pub use lane::Bounds;
pub use position::{Position, SequenceNumber};
pub use publish::{Encoding, PublishArgs, publish};
pub use running::{Running, start};
pub use tail::{From, Output, TailArgs, tail};
