//! One tree: leaf-wise growth over histograms, and prediction.
#![expect(
    clippy::indexing_slicing,
    reason = "nodes, rows and bins are counted by this module itself"
)]

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{BINS, BinnedRows, Growth};
use crate::features::FEATURES;
use crate::random::SplitMix64;

/// Gradient, curvature and number of the rows of one bin.
type Cell = [f64; 3];

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Node {
    /// Index of the feature that splits; `LEAF` marks a leaf.
    feature: u8,
    /// Rows whose bin is at most this go left.
    bin: u8,
    /// Rows whose value is at most this go left; in a leaf, its value.
    threshold: f64,
    left: u16,
    right: u16,
}

const LEAF: u8 = u8::MAX;

/// A fitted tree; the root is node 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    pub fn is_stump(&self) -> bool {
        self.nodes.len() < 2
    }

    pub fn value_of(&self, row: &[f64; FEATURES]) -> f64 {
        let mut node = self.nodes[0];
        while node.feature != LEAF {
            let left = row[usize::from(node.feature)] <= node.threshold;
            node = self.nodes[usize::from(if left { node.left } else { node.right })];
        }
        node.threshold
    }

    pub fn value_of_binned(&self, bins: &[u8]) -> f64 {
        self.nodes[self.leaf_of_binned(bins)].threshold
    }

    fn leaf_of_binned(&self, bins: &[u8]) -> usize {
        let mut index = 0;
        while self.nodes[index].feature != LEAF {
            let node = self.nodes[index];
            let left = bins[usize::from(node.feature)] <= node.bin;
            index = usize::from(if left { node.left } else { node.right });
        }
        index
    }

    /// Replaces the value of each leaf by `step` of its rows.
    pub fn refit_leaves(&mut self, data: &BinnedRows, step: impl Fn(&[u32]) -> f64, rows: &[u32]) {
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for row in rows {
            let start = *row as usize * FEATURES;
            members[self.leaf_of_binned(&data.bins[start..start + FEATURES])].push(*row);
        }
        for (node, rows) in self.nodes.iter_mut().zip(&members) {
            if node.feature == LEAF {
                node.threshold = step(rows);
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    bin: usize,
}

struct Leaf {
    node: usize,
    rows: Range<usize>,
    cells: Vec<Cell>,
    split: Option<Split>,
}

/// Grows trees on the same rows repeatedly.
pub(super) struct Grower<'a> {
    data: &'a BinnedRows,
    growth: Growth,
    rows: Vec<u32>,
    scratch: Vec<u32>,
}

impl<'a> Grower<'a> {
    pub fn new(data: &'a BinnedRows, growth: Growth) -> Self {
        Self {
            data,
            growth,
            rows: Vec::with_capacity(data.rows),
            scratch: Vec::new(),
        }
    }

    /// The rows of the last tree, grouped by leaf.
    pub fn sampled_rows(&self) -> &[u32] {
        &self.rows
    }

    pub fn grow(&mut self, gradients: &[[f64; 2]], random: &mut SplitMix64) -> Tree {
        self.rows.clear();
        for row in 0..u32::try_from(self.data.rows).unwrap_or(u32::MAX) {
            if random.uniform() < self.growth.row_share {
                self.rows.push(row);
            }
        }
        let features: Vec<usize> = (0..FEATURES)
            .filter(|_| random.uniform() < self.growth.feature_share)
            .collect();
        let all = 0..self.rows.len();
        let cells = self.histogram(all.clone(), gradients);
        let mut nodes = vec![self.leaf_node(&cells)];
        let mut leaves = vec![self.leaf(0, all, cells, &features)];
        while leaves.len() < self.growth.leaves {
            let Some((index, split)) = widest_gain(&leaves) else {
                break;
            };
            let leaf = leaves.swap_remove(index);
            let (left, right) = (nodes.len(), nodes.len() + 1);
            nodes[leaf.node] = Node {
                feature: u8::try_from(split.feature).unwrap_or(0),
                bin: u8::try_from(split.bin).unwrap_or(0),
                threshold: self.data.edges[split.feature][split.bin],
                left: u16::try_from(left).unwrap_or(0),
                right: u16::try_from(right).unwrap_or(0),
            };
            let halves = self.divide(leaf, split, gradients);
            for (node, (rows, cells)) in [left, right].into_iter().zip(halves) {
                nodes.push(self.leaf_node(&cells));
                leaves.push(self.leaf(node, rows, cells, &features));
            }
        }
        Tree { nodes }
    }

    /// Divides the rows of a leaf into those left and right of a split, each with its histogram. The
    /// histogram of the larger half is the difference to the whole.
    fn divide(
        &mut self,
        leaf: Leaf,
        split: Split,
        gradients: &[[f64; 2]],
    ) -> [(Range<usize>, Vec<Cell>); 2] {
        let middle = self.partition(leaf.rows.clone(), split);
        let (left, right) = (leaf.rows.start..middle, middle..leaf.rows.end);
        let small_is_left = left.len() <= right.len();
        let small = if small_is_left { &left } else { &right };
        let small_cells = self.histogram(small.clone(), gradients);
        let mut large_cells = leaf.cells;
        for (cell, other) in large_cells.iter_mut().zip(&small_cells) {
            for (value, part) in cell.iter_mut().zip(other) {
                *value -= part;
            }
        }
        if small_is_left {
            [(left, small_cells), (right, large_cells)]
        } else {
            [(left, large_cells), (right, small_cells)]
        }
    }

    fn leaf(&self, node: usize, rows: Range<usize>, cells: Vec<Cell>, features: &[usize]) -> Leaf {
        let split = self.best_split(&cells, features);
        Leaf {
            node,
            rows,
            cells,
            split,
        }
    }

    fn histogram(&self, rows: Range<usize>, gradients: &[[f64; 2]]) -> Vec<Cell> {
        let mut cells = vec![[0.0; 3]; FEATURES * BINS];
        for row in &self.rows[rows] {
            let row = *row as usize;
            let [gradient, curvature] = gradients[row];
            let bins = &self.data.bins[row * FEATURES..(row + 1) * FEATURES];
            for (block, bin) in cells.chunks_exact_mut(BINS).zip(bins) {
                let cell = &mut block[usize::from(*bin)];
                cell[0] += gradient;
                cell[1] += curvature;
                cell[2] += 1.0;
            }
        }
        cells
    }

    fn leaf_node(&self, cells: &[Cell]) -> Node {
        // Every row falls into exactly one bin of the first feature.
        let (gradient, curvature) = cells[..BINS]
            .iter()
            .fold((0.0, 0.0), |sum, cell| (sum.0 + cell[0], sum.1 + cell[1]));
        Node {
            feature: LEAF,
            bin: 0,
            threshold: -gradient / (curvature.max(0.0) + self.growth.ridge) * self.growth.rate,
            left: 0,
            right: 0,
        }
    }

    fn best_split(&self, cells: &[Cell], features: &[usize]) -> Option<Split> {
        let ridge = self.growth.ridge;
        let score =
            |gradient: f64, curvature: f64| gradient * gradient / (curvature.max(0.0) + ridge);
        let mut best: Option<Split> = None;
        // Every row falls into exactly one bin of each feature.
        let total = cells[..BINS].iter().fold([0.0; 3], |sum, cell| {
            [sum[0] + cell[0], sum[1] + cell[1], sum[2] + cell[2]]
        });
        if total[2] < 2.0 * self.growth.smallest_leaf {
            return None;
        }
        for feature in features {
            let block = &cells[feature * BINS..(feature + 1) * BINS];
            let whole = score(total[0], total[1]);
            let mut left = [0.0; 3];
            for (bin, cell) in block
                .iter()
                .enumerate()
                .take(self.data.edges[*feature].len())
            {
                left = [left[0] + cell[0], left[1] + cell[1], left[2] + cell[2]];
                if left[2] < self.growth.smallest_leaf {
                    continue;
                }
                if total[2] - left[2] < self.growth.smallest_leaf {
                    break;
                }
                let gain =
                    score(left[0], left[1]) + score(total[0] - left[0], total[1] - left[1]) - whole;
                if gain > 1e-9 && best.is_none_or(|split| gain > split.gain) {
                    best = Some(Split {
                        gain,
                        feature: *feature,
                        bin,
                    });
                }
            }
        }
        best
    }

    /// Moves the rows that go left before those that go right, keeping their order.
    fn partition(&mut self, rows: Range<usize>, split: Split) -> usize {
        self.scratch.clear();
        let (mut write, end) = (rows.start, rows.end);
        for read in rows {
            let row = self.rows[read];
            let bin = self.data.bins[row as usize * FEATURES + split.feature];
            if usize::from(bin) <= split.bin {
                self.rows[write] = row;
                write += 1;
            } else {
                self.scratch.push(row);
            }
        }
        self.rows[write..end].copy_from_slice(&self.scratch);
        write
    }
}

fn widest_gain(leaves: &[Leaf]) -> Option<(usize, Split)> {
    let mut best: Option<(usize, Split)> = None;
    for (index, leaf) in leaves.iter().enumerate() {
        if let Some(split) = leaf.split
            && best.is_none_or(|(_, other)| split.gain > other.gain)
        {
            best = Some((index, split));
        }
    }
    best
}
