//! The stages: `call` makes a gVCF of each sample, `joint` genotypes those of a case together.

mod call;
mod joint;

use serde::Deserialize;
use serde_json::{Map, Value};

pub use call::CallStage;
pub use joint::JointStage;

use crate::{options::Options, parts::Part};

/// What both need of the genome, of what is decoded, and of what is written.
const BASE_BYTES: u64 = 512 << 20;

/// What a pipeline definition sets for the stage `call`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
struct CallOptions {
    /// Tasks that share the calling of a sample; 1 does without them.
    shards: u32,
    /// Settings of the caller.
    caller: Options,
}

impl TryFrom<Map<String, Value>> for CallOptions {
    type Error = String;

    fn try_from(mut table: Map<String, Value>) -> Result<Self, String> {
        let shards = match table.remove("shards") {
            None => 1,
            Some(found) => {
                let number = found.as_u64().and_then(|n| u32::try_from(n).ok());
                let number =
                    number.ok_or(format!("shards = {found}: a whole number, 1 or more"))?;
                Part::new(1, number).map_err(|e| e.to_string())?;
                number
            }
        };
        let caller = serde_json::from_value(Value::Object(table)).map_err(|e| e.to_string())?;
        Ok(Self { shards, caller })
    }
}
