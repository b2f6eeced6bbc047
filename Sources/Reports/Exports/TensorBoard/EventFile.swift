import Foundation
import Provenance
import Store

/// The event file that TensorBoard reads: records of TensorFlow's TFRecord format, each an `Event` message.
///
/// A record is the length (8 bytes), its masked checksum (4), the message, its masked checksum (4). Numbers become floats, because the
/// format's scalars are. The recipe and the command stand under the tab TEXT.
enum EventFile {
    /// Named as TensorBoard expects it; the same for the same run, so that a second export replaces the first.
    static func name(of run: Run) -> String { "events.out.tfevents.\(Int(run.started.timeIntervalSince1970)).amalgam.\(run.id)" }

    static func bytes(_ account: RunAccount) -> [UInt8] {
        let start = account.run.started.timeIntervalSince1970, end = (account.run.ended ?? account.run.updated).timeIntervalSince1970
        var bytes = record(time: start) { $0.text(3, "brain.Event:2") }
        bytes += text("recipe", fenced(account.run.recipe), time: start) + text("command", fenced(account.run.command), time: start)
        for row in account.evaluations {
            let name = account.exportName(of: row)
            for (measure, value) in [(row.figure.name, row.measured), ("loss", row.loss), ("calibration error", row.calibrationError)] {
                if let value { bytes += scalar("evaluation \(measure)/\(name)", value, step: 0, time: end) }
            }
        }
        // In the order in which they happened: TensorBoard takes a step backwards for a restart.
        let points = account.series.flatMap { series in series.points.map { (series.name, $0) } }
        for (name, point) in points.sorted(by: { ($0.1.step, $0.0) < ($1.1.step, $1.0) }) {
            bytes += scalar(name, point.value, step: point.step, time: point.time)
        }
        return bytes
    }

    private static func fenced(_ text: String) -> String { "```\n\(text)\n```" }

    static func scalar(_ tag: String, _ value: Double, step: Int, time: Double) -> [UInt8] {
        record(time: time, step: step) { event in
            event.message(5) { summary in
                summary.message(1) { entry in
                    entry.text(1, tag)
                    entry.float(2, Float(value))
                }
            }
        }
    }

    static func text(_ tag: String, _ text: String, time: Double) -> [UInt8] {
        record(time: time) { event in
            event.message(5) { summary in
                summary.message(1) { entry in
                    entry.text(1, tag + "/text_summary")
                    entry.message(8) { tensor in
                        tensor.integer(1, 7)  // strings
                        tensor.message(2) { shape in shape.message(2) { $0.integer(1, 1) } }
                        tensor.text(8, text)
                    }
                    entry.message(9) { metadata in metadata.message(1) { $0.text(1, "text") } }
                }
            }
        }
    }

    private static func record(time: Double, step: Int = 0, _ fill: (inout ProtocolBuffer) -> Void) -> [UInt8] {
        var event = ProtocolBuffer()
        event.double(1, time)
        if step != 0 { event.integer(2, Int64(step)) }
        fill(&event)
        let length = UInt64(event.bytes.count).littleEndianBytes
        return length + CRC32C.masked(length).littleEndianBytes + event.bytes + CRC32C.masked(event.bytes).littleEndianBytes
    }
}
