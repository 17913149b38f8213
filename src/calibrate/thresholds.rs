//! Thresholds: the gate's policy for a goal, and what it costs.
//!
//! Comes in: what a model said of pages whose label is known, and a [`Goal`]. Goes out: the policy that comes closest, and
//! the [`Verdicts`] of any policy on those pages.

use super::{Observation, PageObservation};
use crate::error::{Error, ErrorKind, Result};
use crate::gate::{Evidence, Policy, Verdict};
use crate::label::{Label, Labels};

/// What thresholds are chosen for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// Keep at least this share of all pages, and as few unwanted ones as possible. 0 to 1.
    KeepRate(f64),
    /// Lose at most this share of the wanted pages, and keep as few unwanted ones as possible. 0 to 1.
    MaxLost(f64),
    /// Make all mistakes together as cheap as possible.
    Cost {
        /// The price of keeping an unwanted page.
        wrongly_kept: f64,
        /// The price of losing a wanted page.
        wrongly_lost: f64,
        /// The price of looking at a page of which the gate is unsure; none if it has to tell.
        unsure: Option<f64>,
    },
}

/// What became of pages, by their true label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// For each label how many pages were kept, unsure and dropped.
    counts: Vec<[u64; 3]>,
}

/// Shares that are tried for the policy's, besides its own.
const SHARES: [f32; 4] = [0.0, 0.25, 0.5, 0.75];

/// Probabilities are compared with this many decimals, so that a threshold is what it says.
const DECIMALS: f32 = 1e4;

/// The policy that comes closest to the goal on the observed pages: its shares and probabilities are chosen, what it
/// wants and its fewest words stay as in `base`.
///
/// # Errors
/// If no page of the wanted label, or of any other, was observed; if a share of the goal is not between 0 and 1, or a
/// price is not a number from 0 up; or if no threshold reaches the goal.
pub fn choose(observations: &[Observation], labels: &Labels, base: &Policy, goal: Goal) -> Result<Policy> {
    goal.check()?;
    base.check(labels)?;
    let wanted = base.wanted(labels)?;
    let pages: Vec<&PageObservation> = observations.iter().filter_map(Observation::page).collect();
    let all_wanted = pages.iter().filter(|page| page.truth == wanted).count();
    if all_wanted == 0 || all_wanted == pages.len() {
        let message = format!(
            "thresholds need pages with and without the wanted label, but of {} pages {all_wanted} are {}; add the \
             others",
            pages.len(),
            base.wanted
        );
        return Err(Error::new(ErrorKind::Data, message));
    }
    let others = SHARES.map(|share| (share, 1.0 - share));
    let mut best: Option<(f64, Policy)> = None;
    for min_share in std::iter::once(base.min_share).chain(others.map(|share| share.0)) {
        for max_listicle in std::iter::once(base.max_listicle).chain(others.map(|share| share.1)) {
            let policy = Policy { min_share, max_listicle, ..base.clone() };
            let sweep = Sweep::new(&pages, labels, wanted, &policy);
            let found = sweep.best(goal).filter(|found| best.as_ref().is_none_or(|best| found.0 < best.0));
            if let Some((cost, min_confidence, drop_below)) = found {
                best = Some((cost, Policy { min_confidence, drop_below: Some(drop_below), ..policy }));
            }
        }
    }
    best.map(|(_, policy)| policy).ok_or_else(|| {
        let short = pages.iter().filter(|page| page.truth == wanted);
        let short = short.filter(|page| page.words[wanted.index()] < base.min_words).count();
        let message = format!(
            "no thresholds reach the goal: {short} of the {all_wanted} pages that are {} have fewer than {} words \
             found to be; lower --min-words, or ask for less",
            base.wanted, base.min_words
        );
        Error::new(ErrorKind::Data, message)
    })
}

impl Goal {
    /// Says what is wrong with the goal.
    ///
    /// # Errors
    /// A share that is not between 0 and 1, or a price that is not a number from 0 up.
    pub fn check(self) -> Result<()> {
        let wrong = |what: &str, value: f64, range: &str| {
            Err(Error::new(ErrorKind::Policy, format!("the {what} is {value}, but must be {range}")))
        };
        let is_price = |price: f64| price >= 0.0 && price.is_finite();
        match self {
            Self::KeepRate(share) if !(0.0..=1.0).contains(&share) => {
                wrong("share of pages to keep", share, "between 0 and 1")
            }
            Self::MaxLost(share) if !(0.0..=1.0).contains(&share) => {
                wrong("share of wanted pages to lose", share, "between 0 and 1")
            }
            Self::Cost { wrongly_kept, wrongly_lost, unsure } => {
                let prices = [Some(wrongly_kept), Some(wrongly_lost), unsure];
                match prices.into_iter().flatten().find(|price| !is_price(*price)) {
                    Some(price) => wrong("price", price, "a number, 0 or more"),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }
}

/// The pages that nothing but their probability can drop, least probable first.
struct Sweep {
    /// The probability, rounded down, and whether the page is wanted.
    pages: Vec<(f32, bool)>,
    all_wanted: usize,
    /// All pages, with those dropped for other reasons.
    all: usize,
}

impl Sweep {
    fn new(pages: &[&PageObservation], labels: &Labels, wanted: Label, policy: &Policy) -> Self {
        let open = Policy { min_confidence: 0.0, drop_below: Some(0.0), ..policy.clone() };
        let passes = |page: &&&PageObservation| {
            let evidence = Evidence { words: &page.words, probabilities: &page.probabilities };
            open.judge(labels, wanted, evidence).0 == Verdict::Keep
        };
        let of_page = |page: &&PageObservation| {
            (rounded_down(page.probabilities[wanted.index()]), page.truth == wanted)
        };
        let mut passing: Vec<(f32, bool)> = pages.iter().filter(passes).map(of_page).collect();
        passing.sort_by(|one, other| one.0.total_cmp(&other.0));
        let all_wanted = pages.iter().filter(|page| page.truth == wanted).count();
        Self { pages: passing, all_wanted, all: pages.len() }
    }

    /// The cheapest thresholds that reach the goal: what they cost, the probability to keep from and that to drop
    /// below. Of equals, those that keep the most.
    fn best(&self, goal: Goal) -> Option<(f64, f32, f32)> {
        let mut kept_wanted = self.pages.iter().filter(|page| page.1).count();
        let mut kept = self.pages.len();
        let mut best: Option<(f64, f32, f32)> = None;
        // What pages below the cheapest lower threshold cost more than if they were unsure.
        let (mut below, mut cheapest) = (0.0, (0.0, 0.0));
        let mut start = 0;
        loop {
            let threshold = self.pages.get(start).map_or(1.0, |page| page.0);
            let kept_unwanted = (kept - kept_wanted) as f64;
            let lost = (self.all_wanted - kept_wanted) as f64;
            if below < cheapest.0 {
                cheapest = (below, threshold);
            }
            if start == self.pages.len() && self.pages.last().is_some_and(|last| last.0 >= threshold) {
                // There is no probability above that of the last pages, to drop them for.
                return best;
            }
            let found = match goal {
                Goal::KeepRate(share) => (kept as f64 >= share * self.all as f64).then(|| {
                    // Of those that keep as few unwanted pages the one that keeps more wanted ones.
                    (kept_unwanted + lost / (self.all + 1) as f64, threshold)
                }),
                Goal::MaxLost(share) => (lost <= share * self.all_wanted as f64)
                    .then(|| (kept_unwanted + lost / (self.all + 1) as f64, threshold)),
                Goal::Cost { wrongly_kept, wrongly_lost, unsure: None } => {
                    Some((wrongly_kept * kept_unwanted + wrongly_lost * lost, threshold))
                }
                Goal::Cost { wrongly_kept, wrongly_lost, unsure: Some(price) } => {
                    let passing = self.pages.iter().filter(|page| page.1).count();
                    let dropped_before = (self.all_wanted - passing) as f64;
                    let all_unsure = price * start as f64 + wrongly_lost * dropped_before;
                    Some((wrongly_kept * kept_unwanted + all_unsure + cheapest.0, cheapest.1))
                }
            };
            if let Some((cost, drop_below)) = found.filter(|found| best.is_none_or(|best| found.0 < best.0)) {
                best = Some((cost, threshold, drop_below));
            }
            if start == self.pages.len() {
                return best;
            }
            while let Some((_, is_wanted)) = self.pages.get(start).filter(|page| page.0 == threshold) {
                kept -= 1;
                kept_wanted -= usize::from(*is_wanted);
                if let Goal::Cost { wrongly_lost, unsure: Some(price), .. } = goal {
                    below += if *is_wanted { wrongly_lost } else { 0.0 } - price;
                }
                start += 1;
            }
        }
    }
}

/// The probability with four decimals, and never more than it is.
fn rounded_down(probability: f32) -> f32 {
    let steps = (probability * DECIMALS).floor();
    let rounded = steps / DECIMALS;
    if rounded > probability { (steps - 1.0) / DECIMALS } else { rounded }
}

/// What a policy does with the observed pages.
///
/// # Errors
/// If the policy does not fit the labels.
pub fn verdicts(observations: &[Observation], labels: &Labels, policy: &Policy) -> Result<Verdicts> {
    policy.check(labels)?;
    let wanted = policy.wanted(labels)?;
    let mut counts = vec![[0; 3]; labels.len()];
    for page in observations.iter().filter_map(Observation::page) {
        let evidence = Evidence { words: &page.words, probabilities: &page.probabilities };
        let verdict = policy.judge(labels, wanted, evidence).0;
        counts[page.truth.index()][place(verdict)] += 1;
    }
    Ok(Verdicts { counts })
}

fn place(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Keep => 0,
        Verdict::Unsure => 1,
        Verdict::Drop => 2,
    }
}

impl Verdicts {
    /// How many pages of a label got a verdict.
    pub fn get(&self, label: Label, verdict: Verdict) -> u64 {
        self.counts[label.index()][place(verdict)]
    }

    /// How many pages have a label.
    pub fn of_label(&self, label: Label) -> u64 {
        self.counts[label.index()].iter().sum()
    }

    /// How many pages got a verdict.
    pub fn of_verdict(&self, verdict: Verdict) -> u64 {
        self.counts.iter().map(|counts| counts[place(verdict)]).sum()
    }
}

/// Recall and precision, both 0 to 1, of keeping all pages whose probability of the wanted label is at least a threshold,
/// for every threshold from high to low.
pub fn precision_and_recall(observations: &[Observation], wanted: Label) -> Vec<(f64, f64)> {
    let pages = observations.iter().filter_map(Observation::page);
    let mut pages: Vec<(f32, bool)> =
        pages.map(|page| (page.probabilities[wanted.index()], page.truth == wanted)).collect();
    pages.sort_by(|one, other| other.0.total_cmp(&one.0));
    let all_wanted = pages.iter().filter(|page| page.1).count();
    let (mut kept, mut right) = (0, 0);
    let mut points = Vec::new();
    for tied in pages.chunk_by(|one, other| one.0 == other.0) {
        kept += tied.len();
        right += tied.iter().filter(|page| page.1).count();
        points.push((right as f64 / all_wanted.max(1) as f64, right as f64 / kept as f64));
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        Labels::new(["news", "listicle", "boilerplate"]).unwrap()
    }

    /// Pages with these probabilities of news, of which those above 0.5 in the second number are news.
    fn pages(of: &[(f32, bool)]) -> Vec<Observation> {
        let [news, listicle] = [Label::new(0), Label::new(1)];
        let page = |(probability, is_news): &(f32, bool)| {
            let is_found = *probability > 0.5;
            let page = PageObservation {
                probabilities: vec![*probability, 1.0 - probability, 0.0],
                words: if is_found { vec![100, 0, 0] } else { vec![60, 40, 0] },
                label: if is_found { news } else { listicle },
                truth: if *is_news { news } else { listicle },
            };
            Observation { form: 2, half: 0, blocks: Vec::new(), page: Some(page) }
        };
        of.iter().map(page).collect()
    }

    fn ladder() -> Vec<Observation> {
        let steps = [
            (0.95, true),
            (0.9, true),
            (0.85, false),
            (0.8, true),
            (0.4, true),
            (0.3, false),
            (0.2, false),
            (0.1, false),
        ];
        pages(&steps)
    }

    #[track_caller]
    fn chosen(goal: Goal) -> (Policy, [u64; 4]) {
        let (pages, labels) = (ladder(), labels());
        let policy = choose(&pages, &labels, &Policy::default(), goal).unwrap();
        let found = verdicts(&pages, &labels, &policy).unwrap();
        let [news, listicle] = [Label::new(0), Label::new(1)];
        let counts = [
            found.get(news, Verdict::Keep),
            found.get(listicle, Verdict::Keep),
            found.of_verdict(Verdict::Unsure),
            found.of_verdict(Verdict::Drop),
        ];
        (policy, counts)
    }

    #[test]
    fn as_many_are_lost_as_is_allowed() {
        let (policy, counts) = chosen(Goal::MaxLost(0.0));
        assert_eq!(counts, [4, 1, 0, 3]);
        assert_eq!((policy.min_confidence, policy.drop_below), (0.4, Some(0.4)));
        // To lose one page more would drop no unwanted one.
        assert_eq!(chosen(Goal::MaxLost(0.25)).1, [4, 1, 0, 3]);
        assert_eq!(chosen(Goal::MaxLost(0.5)).1, [2, 0, 0, 6]);
    }

    #[test]
    fn as_many_are_kept_as_is_asked_for() {
        assert_eq!(chosen(Goal::KeepRate(0.25)).1, [2, 0, 0, 6]);
        assert_eq!(chosen(Goal::KeepRate(0.75)).1, [4, 2, 0, 2]);
        assert_eq!(chosen(Goal::KeepRate(1.0)).1, [4, 4, 0, 0]);
    }

    #[test]
    fn mistakes_are_weighed_by_their_price() {
        let cost = |wrongly_kept, wrongly_lost, unsure| Goal::Cost { wrongly_kept, wrongly_lost, unsure };
        assert_eq!(chosen(cost(10.0, 1.0, None)).1, [2, 0, 0, 6]);
        assert_eq!(chosen(cost(1.0, 10.0, None)).1, [4, 1, 0, 3]);
        let (policy, counts) = chosen(cost(10.0, 10.0, Some(1.0)));
        assert_eq!(counts, [2, 0, 3, 3]);
        assert_eq!((policy.min_confidence, policy.drop_below), (0.9, Some(0.4)));
        // Looking at everything is cheaper than any mistake, but nobody looks at what is told without one.
        assert_eq!(chosen(cost(10.0, 10.0, Some(9.0))).1, [4, 1, 0, 3]);
    }

    #[test]
    fn goals_out_of_reach_and_range_are_refused() {
        let (pages, labels) = (ladder(), labels());
        let refused = |pages: &[Observation], policy: Policy, goal: Goal| {
            choose(pages, &labels, &policy, goal).unwrap_err().to_string()
        };
        let strict = Policy { min_words: 80, ..Policy::default() };
        let message = refused(&pages, strict, Goal::MaxLost(0.0));
        assert!(message.contains("1 of the 4 pages that are news have fewer than 80 words"), "{message}");
        assert!(refused(&pages, Policy::default(), Goal::MaxLost(1.5)).contains("1.5"));
        assert!(refused(&pages, Policy::default(), Goal::KeepRate(f64::NAN)).contains("NaN"));
        let price = Goal::Cost { wrongly_kept: -1.0, wrongly_lost: 1.0, unsure: None };
        assert!(refused(&pages, Policy::default(), price).contains("price is -1"));
        assert!(
            refused(&pages[..2], Policy::default(), Goal::MaxLost(0.1)).contains("of 2 pages 2 are news")
        );
    }

    #[test]
    fn curves_run_from_sure_to_all() {
        let points = precision_and_recall(&ladder(), Label::new(0));
        assert_eq!(points[1], (0.5, 1.0));
        assert_eq!(points.last(), Some(&(1.0, 0.5)));
    }

    #[test]
    fn rounding_never_rounds_up() {
        for probability in [0.1, 0.123_45, 0.7, 0.999_95, 1.0, 0.0] {
            let rounded = rounded_down(probability);
            assert!(rounded <= probability && probability - rounded < 2e-4, "{probability} {rounded}");
        }
    }
}
