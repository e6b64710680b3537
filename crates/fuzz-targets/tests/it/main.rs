//! What the fuzzer found on its way, once more, without it.

mod corpora;
