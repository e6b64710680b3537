//! Entities and every rule about them; knows no HTTP and no model.
