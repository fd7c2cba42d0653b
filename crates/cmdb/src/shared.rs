//! What is the same in all stores that speak SQL, written once. The databases differ in the types of their drivers alone there: a macro takes
//! them as names, where generic code would have to name every bound of the driver at every statement.

mod accounts;
mod documents;
mod leases;
mod objects;
mod tokens;
mod variables;
