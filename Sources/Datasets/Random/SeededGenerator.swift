/// Random numbers from a seed, the same on every machine and in every version of this program.
///
/// xoshiro256** 1.0 (Blackman and Vigna 2021, doi 10.1145/3460772), its state filled by SplitMix64 from the seed.
/// The draws below are spelled out here rather than left to the standard library, whose algorithms may change.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var s0, s1, s2, s3: UInt64

    package init(seed: UInt64) {
        var mixer = SeedMixer(state: seed)
        s0 = mixer.next()
        s1 = mixer.next()
        s2 = mixer.next()
        s3 = mixer.next()
    }

    init(state: (UInt64, UInt64, UInt64, UInt64)) {
        (s0, s1, s2, s3) = state
    }

    /// A generator for one purpose among several that share a seed.
    package init(seed: UInt64, purpose: String) {
        var state = seed
        for byte in purpose.utf8 {
            var mixer = SeedMixer(state: state ^ UInt64(byte))
            state = mixer.next()
        }
        self.init(seed: state)
    }

    package mutating func next() -> UInt64 {
        let result = rotated(s1 &* 5, by: 7) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = rotated(s3, by: 45)
        return result
    }

    /// An integer in `0..<bound`, each equally likely: values from the ragged end of the 64-bit range are drawn again.
    package mutating func integer(below bound: Int) -> Int {
        guard bound > 1 else { return 0 }
        let bound = UInt64(bound)
        let ragged = (UInt64.max % bound + 1) % bound
        while true {
            let value = next()
            if value <= UInt64.max - ragged { return Int(value % bound) }
        }
    }

    /// A number in 0 ..< 1 with 53 random bits.
    package mutating func real() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Fisher–Yates from the end (Knuth, volume 2, algorithm P).
    package mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, integer(below: last + 1))
        }
    }

    /// `0..<count` in random order.
    package mutating func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<max(count, 0))
        shuffle(&order)
        return order
    }

    private func rotated(_ value: UInt64, by bits: UInt64) -> UInt64 {
        value << bits | value >> (64 - bits)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014, doi 10.1145/2714064.2660195).
struct SeedMixer {
    private var state: UInt64

    init(state: UInt64) {
        self.state = state
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
