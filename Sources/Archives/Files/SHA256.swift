import CDigests

/// The SHA-256 of a run of bytes (FIPS 180-4), given piece by piece.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(bytes)
/// print(hash.hexadecimal())
/// ```
///
/// Large pieces go through libcrypto where the system has it, some times faster than the portable way below, which the tests hold against it.
public struct SHA256: Sendable {
    private var state: [UInt32] = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19]
    private var pending: [UInt8] = []
    private var count = 0
    private let isPortable: Bool

    /// Bytes from which asking libcrypto is worth its preparation.
    private static let large = 1024

    /// - Parameter isPortable: does without libcrypto, for tests.
    public init(isPortable: Bool = false) { self.isPortable = isPortable }

    /// The checksum of a file, without reading all of it into memory.
    public static func ofFile(_ path: String) throws(ArchiveError) -> String {
        let view = ByteView(try MappedFile(path))
        var hash = SHA256()
        view.withUnsafeBytes { hash.update($0) }
        try view.checkUnchanged()
        return hash.hexadecimal()
    }

    /// The checksum of some bytes.
    public static func of(_ bytes: [UInt8]) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.hexadecimal()
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        var rest = bytes[...]
        if !pending.isEmpty {
            let taken = rest.prefix(64 - pending.count)
            pending.append(contentsOf: taken)
            rest = rest.dropFirst(taken.count)
            guard pending.count == 64 else { return }
            let block = pending
            block.withUnsafeBytes { compress($0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.count / 64 * 64
        compress(UnsafeRawBufferPointer(rebasing: rest.prefix(whole)))
        pending.append(contentsOf: rest.dropFirst(whole))
    }

    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The checksum of what was given so far, in 64 hexadecimal digits.
    public func hexadecimal() -> String {
        var padded = self
        var end: [UInt8] = [0x80]
        end += [UInt8](repeating: 0, count: (119 - count % 64) % 64)
        end += (0..<8).map { UInt8(truncatingIfNeeded: (UInt64(count) * 8) >> (56 - 8 * UInt64($0))) }
        padded.update(end)
        return padded.state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// Takes in whole blocks of 64 bytes.
    private mutating func compress(_ bytes: UnsafeRawBufferPointer) {
        if !isPortable, bytes.count >= Self.large, amalgam_sha256_blocks(&state, bytes.baseAddress, bytes.count / 64) == 0 { return }
        state.withUnsafeMutableBufferPointer { state in
            Self.constants.withUnsafeBufferPointer { constants in
                withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
                    for block in stride(from: 0, to: bytes.count, by: 64) {
                        for t in 0..<16 {
                            schedule[t] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: block + 4 * t, as: UInt32.self))
                        }
                        for t in 16..<64 {
                            let (early, late) = (schedule[t - 15], schedule[t - 2])
                            let small = early.rotated(7) ^ early.rotated(18) ^ early >> 3
                            let large = late.rotated(17) ^ late.rotated(19) ^ late >> 10
                            schedule[t] = schedule[t - 16] &+ small &+ schedule[t - 7] &+ large
                        }
                        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
                        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
                        for t in 0..<64 {
                            let one = h &+ (e.rotated(6) ^ e.rotated(11) ^ e.rotated(25)) &+ (e & f ^ ~e & g) &+ constants[t] &+ schedule[t]
                            let two = (a.rotated(2) ^ a.rotated(13) ^ a.rotated(22)) &+ (a & b ^ a & c ^ b & c)
                            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ one, c, b, a, one &+ two)
                        }
                        for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
                    }
                }
            }
        }
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            // The largest r with r³ ≤ prime · 2⁹⁶; r has at most 35 bits.
            var root: UInt64 = 0
            for bit in (0..<36).reversed() {
                let trial = root | 1 << UInt64(bit)
                let square = trial.multipliedFullWidth(by: trial)
                let low = square.low.multipliedFullWidth(by: trial)
                let (high, overflow) = (square.high &* trial).addingReportingOverflow(low.high)
                if !overflow, high < prime << 32 || (high == prime << 32 && low.low == 0) { root = trial }
            }
            return UInt32(truncatingIfNeeded: root)
        }
    }()
}

extension UInt32 {
    fileprivate func rotated(_ count: UInt32) -> UInt32 { self >> count | self << (32 - count) }
}
