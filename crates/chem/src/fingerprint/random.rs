//! The random numbers that set the further bits of a path.
//!
//! Matsumoto and Nishimura, "Mersenne Twister", ACM Trans. Model. Comput. Simul. 8 (1998) 3, with
//! a state of four words: made anew for every path, a full state would take too long to fill.

const WORDS: usize = 4;
/// Distance of the word that a new one is mixed with.
const MIDDLE: usize = 2;
const UPPER: u32 = 1 << 31;
const TWIST: u32 = 0x9908_b0df;
const SEED_FACTOR: u32 = 1_812_433_253;

/// Generator of numbers from 0 to 2,147,483,647.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: [u32; WORDS],
    next: usize,
}

impl Random {
    #[inline]
    pub fn new(seed: u32) -> Self {
        let mut state = [seed; WORDS];
        for index in 1..WORDS {
            let last = state[index - 1];
            state[index] = (last ^ last >> 30).wrapping_mul(SEED_FACTOR).wrapping_add(index as u32);
        }
        Self { state, next: 0 }
    }

    #[inline]
    pub fn draw(&mut self) -> u32 {
        // each word is renewed just before it is used
        let index = self.next;
        self.next = (index + 1) % WORDS;
        let joined = self.state[index] & UPPER | self.state[self.next] & !UPPER;
        let twist = if joined & 1 == 1 { TWIST } else { 0 };
        let mut word = self.state[(index + MIDDLE) % WORDS] ^ joined >> 1 ^ twist;
        self.state[index] = word;
        word ^= word >> 11;
        word ^= word << 7 & 0x9d2c_5680;
        word ^= word << 15 & 0xefc6_0000;
        word ^= word >> 18;
        word >> 1
    }
}
