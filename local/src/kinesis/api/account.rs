//! What can be asked about the account as a whole.

use serde::Serialize;

use super::Call;
use crate::kinesis::error::Error;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountLimits {
    shard_limit: usize,
    open_shard_count: usize,
    on_demand_stream_count: usize,
    on_demand_stream_count_limit: usize,
}

pub(super) fn describe_limits(call: &Call<'_>) -> Result<AccountLimits, Error> {
    let (usage, limits) = (call.account.usage(call.now), call.conditions().limits);
    Ok(AccountLimits {
        shard_limit: limits.shards(),
        open_shard_count: usage.open_shards,
        on_demand_stream_count: usage.on_demand_streams,
        on_demand_stream_count_limit: limits.on_demand_streams(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountSettings {
    minimum_throughput_billing_commitment: Commitment,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Commitment {
    status: &'static str,
}

/// There is nothing to bill.
pub(super) fn describe_settings() -> Result<AccountSettings, Error> {
    Ok(AccountSettings { minimum_throughput_billing_commitment: Commitment { status: "DISABLED" } })
}
