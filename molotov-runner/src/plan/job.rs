//! A plan that fits its suite: every mistake has been found, and nothing has run.

use std::any::TypeId;
use std::sync::Arc;

use molotov_core::{Client, Deck, Picker, Suite};

use super::sizing::Sizing;
use super::{Choice, Order, Plan, load};
use crate::error::Error;
use crate::report::Report;
use crate::schedule::Offer;

/// What will be run.
pub(crate) struct Job {
    pub(crate) suite: Arc<Suite>,
    pub(crate) plan: Plan,
    pub(crate) choices: Vec<Choice>,
    /// One card or more for each choice; each user gets one of its own.
    pub(crate) deck: Deck,
    pub(crate) client: Client,
    pub(crate) seed: u64,
    /// Everything that is due, where the load is one of arrivals.
    pub(crate) offer: Option<Offer>,
}

impl Job {
    /// Checks the plan against the suite; all mistakes are reported at once.
    pub(crate) fn new(suite: Suite, mut plan: Plan) -> Result<Self, Error> {
        let mut problems: Vec<String> =
            suite.check(&[TypeId::of::<Report>()]).iter().map(ToString::to_string).collect();
        let choices = plan.select.choose(&suite);
        let client = plan.client();
        if let Err(unmatched) = &choices
            && !suite.scenarios().is_empty()
        {
            problems.extend(unmatched.iter().cloned());
        }
        problems.extend(plan.reach.problem());
        if plan.sizing.is_some() {
            problems.extend(Sizing::problems(&plan));
        }
        if let Err(why) = &client {
            problems.push(why.to_string());
        }
        let seed = plan.seed.unwrap_or_else(|| fastrand::u64(..));
        let offer = load::offer(&plan, &suite, choices.as_deref().unwrap_or_default(), seed);
        let offer = offer.unwrap_or_else(|why| {
            problems.extend(why);
            None
        });
        Error::unless_empty(problems)?;
        let choices = choices.map_err(Error::all)?;
        let client = client.map_err(|why| Error::new(why.to_string()))?;
        let mut choices = choices;
        let offer = offer.map(|offering| {
            plan.users = offering.servers;
            for choice in choices.iter_mut().filter(|choice| offering.apart.contains(&choice.index)) {
                choice.weight = 0;
            }
            offering.offer
        });
        let weights: Vec<u32> = choices.iter().map(|choice| choice.weight).collect();
        let deck = Deck::new(&weights, seed);
        Ok(Self { suite: Arc::new(suite), plan, choices, deck, client, seed, offer })
    }

    /// The scenario picker, where it is asked. Who names scenarios wants those, and a single run is each once.
    pub(crate) fn picker(&self) -> Option<&Picker> {
        let asked = self.plan.order == Order::Picked && self.plan.select.is_everything();
        self.suite.scenario_picker().filter(|_| asked)
    }
}
