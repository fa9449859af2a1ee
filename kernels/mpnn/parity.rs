//! The network over environments against the definition, written out edge by edge in double
//! precision.

use soyaku_device::{Device, DeviceRequest};

use super::*;
use crate::rows::Activation;

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn values(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| (self.below(20_001) as f32 - 10_000.0) / 40_000.0).collect()
    }
}

struct Graph {
    atoms: Vec<u64>,
    bonds: Vec<KeyedBond>,
}

/// Trees with some rings closed; few distinct keys, so that environments repeat.
fn graph(random: &mut Random) -> Graph {
    let atoms: Vec<u64> = (0..random.below(25)).map(|_| random.below(4)).collect();
    let mut bonds = Vec::new();
    for end in 1..atoms.len() as u64 {
        // Now and then a fragment of its own.
        if random.below(12) > 0 {
            let begin = end - 1 - random.below(end.min(3));
            bonds.push(KeyedBond { begin: begin as u32, end: end as u32, key: random.below(3) });
        }
        if end > 5 && random.below(6) == 0 {
            bonds.push(KeyedBond { begin: end as u32, end: (end - 5) as u32, key: random.below(3) });
        }
    }
    Graph { atoms, bonds }
}

struct Weights {
    w_i: Vec<f32>,
    b_i: Vec<f32>,
    w_h: Vec<f32>,
    b_h: Vec<f32>,
    w_o: Vec<f32>,
    b_o: Vec<f32>,
}

const H: usize = 21;
const A: usize = 5;
const B: usize = 4;

fn features(keys: &[u64], width: usize) -> Vec<f32> {
    keys.iter()
        .flat_map(|&key| (0..width as u64).map(move |f| if f == key { 1.0 } else { 0.1 * f as f32 }))
        .collect()
}

fn linear(weight: &[f32], columns: usize, x: &[f64]) -> Vec<f64> {
    weight.chunks(columns).map(|row| row.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum()).collect()
}

fn activate(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::Tanh => x.tanh(),
        Activation::LeakyRelu(slope) if x < 0.0 => f64::from(slope) * x,
        Activation::LeakyRelu(_) => x,
        Activation::Elu(_) | Activation::Selu => unreachable!("not in this test"),
    }
}

fn by_definition(
    graph: &Graph,
    w: &Weights,
    bias: bool,
    depth: usize,
    f: Activation,
    how: Aggregation,
) -> Vec<f64> {
    let atom_features = features(&graph.atoms, A);
    let edges: Vec<(usize, usize, u64)> = graph
        .bonds
        .iter()
        .flat_map(|b| [(b.begin as usize, b.end as usize, b.key), (b.end as usize, b.begin as usize, b.key)])
        .collect();
    let bias_of = |b: &[f32], i: usize| if bias { f64::from(b[i]) } else { 0.0 };
    let x = |atom: usize| atom_features[atom * A..][..A].iter().map(|&v| f64::from(v));
    let h0: Vec<Vec<f64>> = edges
        .iter()
        .map(|&(source, _, key)| {
            let input: Vec<f64> =
                x(source).chain(features(&[key], B).iter().map(|&v| f64::from(v))).collect();
            linear(&w.w_i, A + B, &input).iter().enumerate().map(|(i, v)| v + bias_of(&w.b_i, i)).collect()
        })
        .collect();
    let act = |v: &Vec<f64>| v.iter().map(|&v| activate(f, v)).collect::<Vec<f64>>();
    let mut h: Vec<Vec<f64>> = h0.iter().map(act).collect();
    for _ in 1..depth {
        h = edges
            .iter()
            .enumerate()
            .map(|(e, &(source, _, _))| {
                let mut sum = vec![0.0; H];
                for (other, &(_, target, _)) in edges.iter().enumerate() {
                    if target == source && other != (e ^ 1) {
                        sum.iter_mut().zip(&h[other]).for_each(|(s, v)| *s += v);
                    }
                }
                let message = linear(&w.w_h, H, &sum);
                act(&(0..H).map(|i| h0[e][i] + message[i] + bias_of(&w.b_h, i)).collect())
            })
            .collect();
    }
    let mut total = [0.0; H];
    for atom in 0..graph.atoms.len() {
        let mut sum = vec![0.0; H];
        for (e, &(_, target, _)) in edges.iter().enumerate() {
            if target == atom {
                sum.iter_mut().zip(&h[e]).for_each(|(s, v)| *s += v);
            }
        }
        let input: Vec<f64> = x(atom).chain(sum).collect();
        let hidden = linear(&w.w_o, A + H, &input);
        (0..H).for_each(|i| total[i] += activate(f, hidden[i] + f64::from(w.b_o[i])));
    }
    let divisor = match how {
        Aggregation::Sum => 1.0,
        Aggregation::Mean => graph.atoms.len().max(1) as f64,
        Aggregation::Norm(constant) => f64::from(constant),
    };
    total.iter().map(|v| v / divisor).collect()
}

fn encode_all(graphs: &[&Graph], network: &Network, threads: usize) -> Vec<f32> {
    let device = Device::open(DeviceRequest::Cpu, Some(threads)).unwrap();
    let mut table = Environments::new(network.depth());
    graphs.iter().for_each(|graph| table.add(&graph.atoms, &graph.bonds));
    let features = Features { atoms: features(table.atom_keys(), A), bonds: features(table.bond_keys(), B) };
    let mut output = Vec::new();
    let resolution = EnvironmentCache::new(network.depth(), 0).resolve(&table);
    let (mut kept, mut scratch) = (KeptRows::default(), EncodeScratch::default());
    encode(&device, &table, &resolution, &features, network, &mut kept, &mut scratch, &mut output);
    output
}

#[test]
fn environments_give_what_the_definition_gives() {
    let mut random = Random(5);
    let graphs: Vec<Graph> = (0..150).map(|_| graph(&mut random)).collect();
    let all: Vec<&Graph> = graphs.iter().collect();
    for depth in 1..=5 {
        for (bias, activation, aggregation) in [
            (false, Activation::Relu, Aggregation::Norm(100.0)),
            (true, Activation::Tanh, Aggregation::Mean),
            (true, Activation::LeakyRelu(0.1), Aggregation::Sum),
        ] {
            let w = Weights {
                w_i: random.values(H * (A + B)),
                b_i: random.values(H),
                w_h: random.values(H * H),
                b_h: random.values(H),
                w_o: random.values(H * (A + H)),
                b_o: random.values(H),
            };
            let network = Network::new(&NetworkWeights {
                hidden: H,
                atom_features: A,
                bond_features: B,
                depth,
                w_i: &w.w_i,
                b_i: bias.then_some(&w.b_i[..]),
                w_h: &w.w_h,
                b_h: bias.then_some(&w.b_h[..]),
                w_o: &w.w_o,
                b_o: &w.b_o,
                activation,
                aggregation,
            });
            let output = encode_all(&all, &network, 2);
            for (graph, row) in graphs.iter().zip(output.chunks(crate::rows::stride(H))) {
                let expected = by_definition(graph, &w, bias, depth, activation, aggregation);
                for (got, want) in row.iter().zip(&expected) {
                    let error = (f64::from(*got) - want).abs() / want.abs().max(1.0);
                    assert!(error < 2e-5, "depth {depth} {activation:?}: {got} instead of {want}");
                }
                assert!(row[H..].iter().all(|&v| v == 0.0), "padding");
            }
        }
    }
}

/// Batches that share a cache of any size get the bits that they get without one.
#[test]
fn kept_rows_change_no_bit() {
    let mut random = Random(23);
    let graphs: Vec<Graph> = (0..300).map(|_| graph(&mut random)).collect();
    let network = random_network(&mut random);
    let device = Device::open(DeviceRequest::Cpu, Some(2)).unwrap();
    let width = crate::rows::stride(H);
    let expected = encode_all(&graphs.iter().collect::<Vec<_>>(), &network, 2);
    for limit in [0, 1, 17, 200, 100_000] {
        let mut cache = EnvironmentCache::new(network.depth(), limit);
        let (mut kept, mut scratch) = (KeptRows::default(), EncodeScratch::default());
        let mut computed = Vec::new();
        for (index, part) in graphs.chunks(50).chain([&graphs[..50]]).enumerate() {
            let mut table = Environments::new(network.depth());
            part.iter().for_each(|graph| table.add(&graph.atoms, &graph.bonds));
            let resolution = cache.resolve(&table);
            computed.push(resolution.computed().iter().sum::<u64>());
            let features =
                Features { atoms: features(table.atom_keys(), A), bonds: features(table.bond_keys(), B) };
            let mut output = Vec::new();
            encode(&device, &table, &resolution, &features, &network, &mut kept, &mut scratch, &mut output);
            for row in 0..part.len() {
                let bits = |table: &[f32], row: usize| -> Vec<u32> {
                    table[row * width..(row + 1) * width].iter().map(|v| v.to_bits()).collect()
                };
                assert_eq!(
                    bits(&output, row),
                    bits(&expected, (index * 50 + row) % graphs.len()),
                    "limit {limit}"
                );
            }
        }
        assert!(cache.len() <= limit);
        assert_eq!(kept.levels.iter().map(Vec::len).sum::<usize>(), cache.len() * width);
        if limit == 100_000 {
            assert!(computed[6] < computed[0], "a batch seen before finds rows: {computed:?}");
        }
    }
}

fn random_network(random: &mut Random) -> Network {
    let (w_i, w_h, w_o, b_o) =
        (random.values(H * (A + B)), random.values(H * H), random.values(H * (A + H)), random.values(H));
    Network::new(&NetworkWeights {
        hidden: H,
        atom_features: A,
        bond_features: B,
        depth: 3,
        w_i: &w_i,
        b_i: None,
        w_h: &w_h,
        b_h: None,
        w_o: &w_o,
        b_o: &b_o,
        activation: Activation::Relu,
        aggregation: Aggregation::Norm(100.0),
    })
}

/// A molecule's vector has the same bits alone, in any company, in any order, on any threads.
#[test]
fn company_does_not_change_a_bit() {
    let mut random = Random(11);
    let graphs: Vec<Graph> = (0..400).map(|_| graph(&mut random)).collect();
    let network = random_network(&mut random);
    let width = crate::rows::stride(H);
    let forward = encode_all(&graphs.iter().collect::<Vec<_>>(), &network, 2);
    let backward = encode_all(&graphs.iter().rev().collect::<Vec<_>>(), &network, 1);
    for (m, graph) in graphs.iter().enumerate() {
        let bits = |table: &[f32], row: usize| -> Vec<u32> {
            table[row * width..(row + 1) * width].iter().map(|v| v.to_bits()).collect()
        };
        assert_eq!(bits(&forward, m), bits(&backward, graphs.len() - 1 - m));
        if m % 20 == 0 {
            assert_eq!(bits(&forward, m), bits(&encode_all(&[graph], &network, 1), 0));
        }
    }
}
