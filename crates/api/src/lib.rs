//! Request and response types of the REST API and its OpenAPI document; no server.
