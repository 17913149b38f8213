//! The goal of thresholds, from arguments.
//!
//! Comes in: one of the options that name a goal. Goes out: a [`Goal`].

use std::str::FromStr;

use pagesieve::calibrate::Goal;

use super::super::failure::Result;

/// What thresholds are chosen for.
#[derive(clap::Args)]
#[group(multiple = false)]
pub struct GoalArgs {
    /// Keep at least this share of all pages, with as few unwanted ones as possible. 0 to 1
    #[arg(long, value_name = "SHARE")]
    keep_rate: Option<f64>,
    /// Lose at most this share of the wanted pages, and keep as few unwanted ones as possible. 0 to 1
    #[arg(long, value_name = "SHARE", visible_alias = "max-lost")]
    max_lost_news: Option<f64>,
    /// Make mistakes as cheap as possible: the price of an unwanted page kept, of a wanted one lost, and, if somebody
    /// looks at them, of an unsure one
    #[arg(long, value_name = "fp=PRICE,fn=PRICE[,unsure=PRICE]")]
    cost: Option<Prices>,
}

/// Prices of mistakes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Prices {
    wrongly_kept: f64,
    wrongly_lost: f64,
    unsure: Option<f64>,
}

impl GoalArgs {
    /// The goal; none if none is given.
    pub fn goal(&self) -> Result<Option<Goal>> {
        let cost = self.cost.map(|prices| Goal::Cost {
            wrongly_kept: prices.wrongly_kept,
            wrongly_lost: prices.wrongly_lost,
            unsure: prices.unsure,
        });
        let goal = self.keep_rate.map(Goal::KeepRate).or(self.max_lost_news.map(Goal::MaxLost)).or(cost);
        if let Some(goal) = goal {
            goal.check()?;
        }
        Ok(goal)
    }
}

impl FromStr for Prices {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let [mut wrongly_kept, mut wrongly_lost, mut unsure] = [None; 3];
        for part in text.split(',') {
            let (name, price) = part.split_once('=').ok_or(format!("{part:?} is not NAME=PRICE"))?;
            let slot = match name.trim() {
                "fp" => &mut wrongly_kept,
                "fn" => &mut wrongly_lost,
                "unsure" => &mut unsure,
                other => return Err(format!("{other:?} has no price; give fp, fn and perhaps unsure")),
            };
            let price = price.trim().parse().map_err(|_| format!("the price {price:?} is no number"))?;
            if slot.replace(price).is_some() {
                return Err(format!("{} is given twice", name.trim()));
            }
        }
        match (wrongly_kept, wrongly_lost) {
            (Some(wrongly_kept), Some(wrongly_lost)) => Ok(Self { wrongly_kept, wrongly_lost, unsure }),
            _ => Err("both fp and fn need a price".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_in_any_order() {
        let prices = Prices { wrongly_kept: 10.0, wrongly_lost: 1.0, unsure: Some(0.5) };
        assert_eq!("fn=1, fp=10,unsure=.5".parse(), Ok(prices));
        for (text, told) in [
            ("fp=1", "both fp and fn"),
            ("fp=1,fn=x", "no number"),
            ("fp=1,fp=2,fn=1", "twice"),
            ("fp", "NAME=PRICE"),
            ("tp=1,fp=1,fn=1", "has no price"),
        ] {
            let message = text.parse::<Prices>().unwrap_err();
            assert!(message.contains(told), "{message}");
        }
    }
}
