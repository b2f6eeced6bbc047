/// How long keys took to reach the screen: from when they were read to when the picture was handed to the terminal.
struct KeyProfile {
    private var milliseconds: [Double] = []

    mutating func took(_ duration: Duration) {
        let parts = duration.components
        milliseconds.append(Double(parts.seconds) * 1000 + Double(parts.attoseconds) / 1e15)
    }

    /// One line: how many, the median, the 99th of a hundred, the longest.
    var report: String {
        let sorted = milliseconds.sorted()
        guard let last = sorted.last else { return "keys to screen: none pressed\n" }
        func part(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] }
        func short(_ value: Double) -> String { "\((value * 10).rounded() / 10) ms" }
        return "keys to screen: \(sorted.count) measured, median \(short(part(0.5))), p99 \(short(part(0.99))), longest \(short(last))\n"
    }
}
