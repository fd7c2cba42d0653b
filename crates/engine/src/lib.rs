//! Runs a plan: order, requisites, conditions, test mode, retry, parallel, report. Knows registries, no module.
