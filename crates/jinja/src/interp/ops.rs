//! Arithmetic.

use super::Interp;
use super::compare::{Number, number};
use crate::syntax::ast::{Binary, Unary};
use crate::{Error, Kind, Text, Val};
use num_traits::{One, Signed, ToPrimitive, Zero};
use value::BigInt;

impl Interp<'_> {
    pub(super) fn sign(&self, op: Unary, value: &Val) -> Result<Val, Error> {
        if let Val::Undefined(undefined) = value {
            return Err(undefined.error());
        }
        let negative = op == Unary::Neg;
        match number(value) {
            Some(Number::Whole(number)) => Ok(Val::whole(if negative { -number } else { number })),
            Some(Number::Big(number)) => Ok(Val::whole(if negative { -number } else { number })),
            Some(Number::Broken(number)) => Ok(Val::Float(if negative { -number } else { number })),
            None => {
                let sign = if negative { '-' } else { '+' };
                Err(Error::type_error(format!("bad operand type for unary {sign}: '{}'", value.type_name())))
            }
        }
    }

    pub(crate) fn add(&self, a: &Val, b: &Val) -> Result<Val, Error> {
        self.binary(Binary::Add, a, b)
    }

    pub(crate) fn modulo(&self, a: &Val, b: &Val) -> Result<Val, Error> {
        self.binary(Binary::Mod, a, b)
    }

    pub(super) fn binary(&self, op: Binary, a: &Val, b: &Val) -> Result<Val, Error> {
        if let (Some(a), Some(b)) = (number(a), number(b)) {
            return self.arithmetic(op, a, b);
        }
        match (op, a, b) {
            (Binary::Mod, Val::Str(format), args) => {
                if let Val::Undefined(undefined) = args
                    && undefined.is_strict()
                {
                    return Err(undefined.error());
                }
                return self.percent_format(format, args);
            }
            (_, Val::Undefined(undefined), _) | (_, _, Val::Undefined(undefined)) => return Err(undefined.error()),
            (Binary::Add, Val::Str(a), Val::Str(b)) => return self.concatenate(a, b),
            (Binary::Add, Val::List(a), Val::List(b)) => {
                self.allocate_items(a.len().saturating_add(b.len()))?;
                let mut items = a.to_vec();
                items.extend(b.to_vec());
                return Ok(Val::list(items));
            }
            (Binary::Add, Val::Tuple(a), Val::Tuple(b)) => {
                self.allocate_items(a.len().saturating_add(b.len()))?;
                return Ok(Val::tuple(a.iter().chain(b.iter()).cloned().collect()));
            }
            (Binary::Mul, sequence, times) | (Binary::Mul, times, sequence)
                if matches!(sequence, Val::Str(_) | Val::List(_) | Val::Tuple(_)) =>
            {
                return self.repeat(sequence, times);
            }
            _ => {}
        }
        Err(unsupported(op, a, b))
    }

    fn concatenate(&self, a: &Text, b: &Text) -> Result<Val, Error> {
        let escape = |text: &Text| if text.is_markup() { text.to_string() } else { crate::filters::escape(text) };
        if a.is_markup() || b.is_markup() {
            return self.text(Text::markup(escape(a) + &escape(b)));
        }
        self.allocate(a.len().saturating_add(b.len()))?;
        let mut text = String::with_capacity(a.len() + b.len());
        text.push_str(a);
        text.push_str(b);
        Ok(Val::str(text))
    }

    fn repeat(&self, sequence: &Val, times: &Val) -> Result<Val, Error> {
        let times = match number(times) {
            Some(Number::Whole(times)) => usize::try_from(times.max(0)).unwrap_or(usize::MAX),
            Some(Number::Big(times)) if times.is_negative() => 0,
            Some(Number::Big(_)) => usize::MAX,
            Some(Number::Broken(_)) | None => {
                let name = times.type_name();
                return Err(Error::type_error(format!("can't multiply sequence by non-int of type '{name}'")));
            }
        };
        Ok(match sequence {
            Val::Str(text) => {
                self.allocate(text.len().saturating_mul(times))?;
                let repeated = text.repeat(times);
                Val::Str(if text.is_markup() { Text::markup(repeated) } else { Text::from(repeated) })
            }
            Val::List(list) => {
                self.allocate_items(list.len().saturating_mul(times))?;
                let items = list.to_vec();
                Val::list(items.iter().cycle().take(items.len() * times).cloned().collect())
            }
            Val::Tuple(items) => {
                self.allocate_items(items.len().saturating_mul(times))?;
                Val::tuple(items.iter().cycle().take(items.len() * times).cloned().collect())
            }
            _ => return Err(Error::type_error("can't multiply this")),
        })
    }

    fn arithmetic(&self, op: Binary, a: Number, b: Number) -> Result<Val, Error> {
        let (x, y) = match (a, b) {
            (Number::Whole(x), Number::Whole(y)) => {
                // Almost every number of a template is small; what does not fit is reckoned again below.
                let small = match op {
                    Binary::Add => x.checked_add(y),
                    Binary::Sub => x.checked_sub(y),
                    Binary::Mul => x.checked_mul(y),
                    _ => None,
                };
                if let Some(number) = small.and_then(|number| i64::try_from(number).ok()) {
                    return Ok(Val::Int(number));
                }
                (BigInt::from(x), BigInt::from(y))
            }
            (Number::Big(x), Number::Whole(y)) => (x, BigInt::from(y)),
            (Number::Whole(x), Number::Big(y)) => (BigInt::from(x), y),
            (Number::Big(x), Number::Big(y)) => (x, y),
            (a, b) => {
                if a.float().is_infinite() && !matches!(a, Number::Broken(_)) || b.float().is_infinite() && !matches!(b, Number::Broken(_))
                {
                    return Err(Error::new(Kind::Overflow, "int too large to convert to float"));
                }
                return broken(op, a.float(), b.float());
            }
        };
        whole(op, &x, &y)
    }
}

/// Numbers of more bits than this are refused: what is done with them would take too long.
const MOST_BITS: u64 = 1 << 16;

fn whole(op: Binary, x: &BigInt, y: &BigInt) -> Result<Val, Error> {
    let is_zero = y.is_zero();
    Ok(Val::whole(match op {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul if x.bits() + y.bits() > MOST_BITS => return Err(too_large()),
        Binary::Mul => x * y,
        Binary::Div if is_zero => return Err(zero("division by zero")),
        Binary::Div => return quotient(x, y),
        Binary::FloorDiv if is_zero => return Err(zero("integer division or modulo by zero")),
        Binary::Mod if is_zero => return Err(zero("integer modulo by zero")),
        Binary::FloorDiv => {
            let (quotient, rest) = (x / y, x % y);
            if !rest.is_zero() && rest.is_negative() != y.is_negative() { quotient - 1 } else { quotient }
        }
        Binary::Mod => {
            let rest = x % y;
            if !rest.is_zero() && rest.is_negative() != y.is_negative() { rest + y } else { rest }
        }
        Binary::Pow if y.is_negative() => {
            if x.is_zero() {
                return Err(zero("0.0 cannot be raised to a negative power"));
            }
            let (x, y) = (x.to_f64().unwrap_or(f64::NAN), y.to_f64().unwrap_or(f64::NAN));
            return Ok(Val::Float(x.powf(y)));
        }
        Binary::Pow => {
            let is_even = !y.bit(0);
            match x.to_i64() {
                Some(0 | 1) => BigInt::from(i64::from(is_zero || x.is_one())),
                Some(-1) => BigInt::from(if is_even { 1 } else { -1 }),
                _ => {
                    let power = y.to_u32().filter(|power| x.bits().saturating_mul(u64::from(*power)) <= MOST_BITS);
                    x.pow(power.ok_or_else(too_large)?)
                }
            }
        }
    }))
}

/// The float nearest to a fraction, which may be small though both of its numbers are too large for one.
fn quotient(x: &BigInt, y: &BigInt) -> Result<Val, Error> {
    let shift = x.bits().max(y.bits()).saturating_sub(1000);
    let (a, b) = ((x >> shift).to_f64().unwrap_or(f64::NAN), (y >> shift).to_f64().unwrap_or(f64::NAN));
    if b == 0.0 {
        return Err(Error::new(Kind::Overflow, "integer division result too large for a float"));
    }
    Ok(Val::Float(a / b))
}

fn broken(op: Binary, x: f64, y: f64) -> Result<Val, Error> {
    Ok(Val::Float(match op {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul => x * y,
        Binary::Div if y == 0.0 => return Err(zero("float division by zero")),
        Binary::FloorDiv if y == 0.0 => return Err(zero("float floor division by zero")),
        Binary::Mod if y == 0.0 => return Err(zero("float modulo")),
        Binary::Div => x / y,
        Binary::FloorDiv => ((x - modulo(x, y)) / y).round(),
        Binary::Mod => modulo(x, y),
        Binary::Pow if x == 0.0 && y < 0.0 => return Err(zero("0.0 cannot be raised to a negative power")),
        Binary::Pow if x < 0.0 && y.fract() != 0.0 => {
            return Err(Error::value_error("a negative number to a broken power is no real number"));
        }
        Binary::Pow => {
            let result = x.powf(y);
            if result.is_infinite() && x.is_finite() && y.is_finite() {
                return Err(Error::new(Kind::Overflow, "(34, 'Numerical result out of range')"));
            }
            result
        }
    }))
}

/// The rest with the sign of the divisor, as Python has it.
fn modulo(x: f64, y: f64) -> f64 {
    let rest = x % y;
    if rest == 0.0 {
        0.0_f64.copysign(y)
    } else if (rest < 0.0) != (y < 0.0) {
        rest + y
    } else {
        rest
    }
}

fn zero(message: &str) -> Error {
    Error::new(Kind::ZeroDivision, message)
}

fn too_large() -> Error {
    Error::new(Kind::Overflow, "the number is too large: whole numbers have at most 65536 bits")
}

fn unsupported(op: Binary, a: &Val, b: &Val) -> Error {
    let (left, right) = (a.type_name(), b.type_name());
    let sign = match op {
        Binary::Add => match a {
            Val::Str(_) | Val::List(_) | Val::Tuple(_) => {
                return Error::type_error(format!("can only concatenate {left} (not \"{right}\") to {left}"));
            }
            _ => "+",
        },
        Binary::Sub => "-",
        Binary::Mul => "*",
        Binary::Div => "/",
        Binary::FloorDiv => "//",
        Binary::Mod => "%",
        Binary::Pow => "** or pow()",
    };
    Error::type_error(format!("unsupported operand type(s) for {sign}: '{left}' and '{right}'"))
}
