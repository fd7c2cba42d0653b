//! Many subscribers of the event bus in one process: `listeners SOCKET COUNT EVENTS TAG` waits until each of COUNT subscribers has seen EVENTS
//! events of a tag, and prints as JSON how many were seen and missed, and how long it took from the first event on.
#![allow(clippy::print_stdout, reason = "this is its output")]

use api::EventFilter;
use client::Client;
use std::time::{Duration, Instant};

const USAGE: &str = "listeners SOCKET COUNT EVENTS TAG";
/// Without an event for so long, no more are coming.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [socket, count, events, tag] = args.as_slice() else { return Err(USAGE.into()) };
    let (count, events): (usize, u64) = (count.parse()?, events.parse()?);
    let mut tasks = Vec::new();
    for _ in 0..count {
        let client = Client::local(socket);
        let filter = EventFilter { after: None, tag: Some(tag.clone()) };
        let mut stream = client.events(&filter).await?;
        tasks.push(tokio::spawn(async move {
            let (mut seen, mut lagged, mut begun) = (0_u64, 0_u64, None);
            while seen < events {
                match tokio::time::timeout(PATIENCE, stream.next_line()).await {
                    // Only looked at: fifty readers of JSON in one process would be measured, not the bus.
                    Ok(Ok(Some(line))) if line.starts_with(br#"{"item":"event""#) => {
                        begun.get_or_insert_with(Instant::now);
                        seen += 1;
                    }
                    Ok(Ok(Some(_))) => lagged += 1,
                    Ok(Ok(None) | Err(_)) => break,
                    Err(_) if begun.is_some() => break,
                    Err(_) => {}
                }
            }
            (seen, lagged, begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64()))
        }));
    }
    println!("{{\"ready\":{count}}}");
    let (mut least, mut lagged, mut longest) = (u64::MAX, 0, 0.0_f64);
    for task in tasks {
        let (seen, behind, seconds) = task.await?;
        least = least.min(seen);
        lagged += behind;
        longest = longest.max(seconds);
    }
    println!("{{\"least\":{least},\"lagged\":{lagged},\"seconds\":{longest}}}");
    Ok(())
}
