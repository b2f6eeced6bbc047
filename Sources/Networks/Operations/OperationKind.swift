/// What an operation does with the elements of its inputs, as far as neurons are concerned.
package enum OperationKind: String, Sendable, CaseIterable {
    /// Moves, repeats or leaves out elements and computes none: the same operation moves whatever is known of each element.
    case structural
    /// Computes each element of the result from one element of every operand, broadcast against one another.
    case pointwise
    /// Sums over the last axis of the input against a matrix: `linear`, `mm`, `addmm`.
    case linear
    case convolution
    /// Sums over an axis of two values: `matmul`, attention.
    case contraction
    /// Normalises each channel by itself.
    case channelNorm
    /// Normalises over channels, for each sample or position by itself.
    case rowNorm
    /// Windows of positions, or positions in between; each channel by itself.
    case pooling
    /// Leaves axes out, by a sum, a largest value and the like.
    case reduction
    /// Mixes the elements along an axis and keeps it: softmax, cumulative sums, sorting.
    case rowwise
    /// Rows of a table by their numbers.
    case embedding
    /// Elements by their numbers.
    case index
    /// Networks that run along a sequence: `rnn`, `gru`, `lstm`.
    case recurrent
    /// Makes a tensor of numbers that depend on no other's elements.
    case creation
    /// None of these.
    case opaque
}
