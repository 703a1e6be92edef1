//! The real command on the quick-start case, on broken inputs, and on real data where it lies
//! beside the checkout.

mod alone;
mod bad_input;
mod readme;
mod real;
mod resume;
mod room;
mod run;
