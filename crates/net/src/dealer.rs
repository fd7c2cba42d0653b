//! A link over the `zeromq` crate's DEALER: the minion's end.
//!
//! The crate's DEALER never reconnects, knows no heartbeat and answers no ZMTP PING; all of that is ours and happens above. Its queue has no
//! bound in bytes: the session's window keeps what is in it small.

use crate::link::{Link, LinkError, Reading, Step};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::FusedStream;
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::Duration;
use zeromq::{DealerRecvHalf, DealerSendHalf, DealerSocket, Socket, SocketEvent, SocketOptions, SocketRecv, SocketSend, ZmqMessage};

/// A connection that takes longer than this is looked into.
const PROBE_AFTER: Duration = Duration::from_millis(300);

/// A link over a DEALER socket.
pub(crate) struct DealerLink {
    receive: DealerRecvHalf,
    send: DealerSendHalf,
    monitor: Pin<Box<dyn FusedStream<Item = SocketEvent> + Send>>,
    out: VecDeque<Bytes>,
    waiting: usize,
}

impl DealerLink {
    /// Connects to `host:port`. The socket carries no identity: it would mean nothing to the master.
    pub(crate) async fn connect(address: &str, limit: Duration) -> Result<Self, LinkError> {
        let mut options = SocketOptions::default();
        options.connect_timeout(limit);
        // Small reads first: most of what comes is small, and the agent is to stay small, too.
        options.read_buffer(1024, 64 * 1024, 2);
        let mut socket = DealerSocket::with_options(options);
        let monitor = socket.monitor();
        let connect = async {
            let endpoint = format!("tcp://{address}");
            let connect = socket.connect(&endpoint);
            tokio::pin!(connect);
            // The crate goes on trying for the whole time where a refused connection or an unknown host could be told at once.
            tokio::select! {
                result = &mut connect => return result.map_err(|error| LinkError::Lost(error.to_string())),
                () = tokio::time::sleep(PROBE_AFTER) => {}
            }
            if let Err(error) = tokio::net::TcpStream::connect(address).await {
                return Err(LinkError::Lost(error.to_string()));
            }
            connect.await.map_err(|error| LinkError::Lost(error.to_string()))
        };
        let connected = tokio::time::timeout(limit, connect).await;
        connected.map_err(|_| LinkError::Lost(format!("no connection within {limit:?}")))??;
        let (send, receive) = socket.split();
        Ok(Self { receive, send, monitor: Box::pin(monitor.fuse()), out: VecDeque::new(), waiting: 0 })
    }

    /// Hands what waits to the crate's queue. Its bound of 100,000 messages is far above what the window allows, so it never waits.
    async fn flush(&mut self) -> Result<(), LinkError> {
        while let Some(frame) = self.out.front().cloned() {
            let length = frame.len();
            // Given up in the middle, the frame may be sent twice: the other side drops what it has seen.
            self.send.send(ZmqMessage::from(frame)).await.map_err(|_| LinkError::Closed)?;
            self.out.pop_front();
            self.waiting -= length;
        }
        Ok(())
    }
}

impl Link for DealerLink {
    fn push<E>(&mut self, length: usize, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let mut frame = Vec::with_capacity(length);
        write(&mut frame)?;
        self.waiting += frame.len();
        self.out.push_back(frame.into());
        Ok(())
    }

    fn waiting(&self) -> usize {
        self.waiting
    }

    /// The crate does not tell when a frame leaves its queue.
    fn written(&self) -> u64 {
        0
    }

    async fn step(&mut self, reading: Reading) -> Result<Step, LinkError> {
        if !self.out.is_empty() {
            self.flush().await?;
            return Ok(Step::Room);
        }
        loop {
            tokio::select! {
                event = self.monitor.next() => match event {
                    Some(SocketEvent::Disconnected(_)) | None => return Err(LinkError::Closed),
                    Some(_) => {}
                },
                message = self.receive.recv(), if reading == Reading::Wanted => {
                    let message = message.map_err(|error| LinkError::Lost(error.to_string()))?;
                    let mut parts = message.into_vec().into_iter();
                    return match (parts.next(), parts.next()) {
                        (Some(frame), None) => Ok(Step::Frame(BytesMut::from(frame))),
                        _ => Err(LinkError::Protocol("a message has not exactly one part".into())),
                    };
                }
            }
        }
    }

    fn allow(&mut self, _frame: usize) {}
}
