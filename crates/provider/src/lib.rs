//! The client of OpenAI-compatible model servers: request, streaming decoder, faults, and a scripted fake.
