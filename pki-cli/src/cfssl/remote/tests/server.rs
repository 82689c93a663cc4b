//! Servers of one connection each, which say what they are told to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use super::*;

/// A server for one connection each of these, in order; each gets the stream after its request.
pub(super) fn serve(script: impl FnOnce(&mut TcpStream, Vec<u8>) + Send + 'static) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let request = read_request(&mut stream);
        script(&mut stream, request);
    });
    address.parse().expect("an address")
}

/// Header and body of a request.
fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((header, body)) = text.split_once("\r\n\r\n") {
            let header = header.to_ascii_lowercase();
            let (_, length) = header.split_once("content-length: ").expect("a length");
            let length = length.lines().next().expect("a line");
            if body.len() >= length.parse().expect("a number") {
                return request;
            }
        }
        match stream.read(&mut buffer).expect("a request") {
            0 => return request,
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
}

/// A server that answers one request with this.
pub(super) fn answering(answer: impl Into<Vec<u8>>) -> Address {
    let answer = answer.into();
    serve(move |stream, _| {
        // The client may have heard enough.
        let _ = stream.write_all(&answer);
    })
}

pub(super) fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}")
}
