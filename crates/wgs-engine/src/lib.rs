//! Graph, schedule, content-keyed cache and local executor of tasks.
