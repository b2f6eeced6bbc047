import Formatting
import Fusion
import Screen

/// Something on the screen that the line mode chooses by number.
struct LineItem {
    var label: String
    var choose: (inout Model, Double) -> [Effect]
}

extension Model {
    /// What can be chosen, in the order it is read out.
    var lineItems: [LineItem] {
        if case .browser(let browser) = overlay { return entries(of: browser) }
        return screen.room.choices(self)
    }

    /// The screen in sentences, without the choices.
    var lineReading: [String] { ["Screen \(screen.rawValue) of \(ScreenID.allCases.count), \(screen.title)."] + screen.room.reading(self) }

    var layerItems: [LineItem] {
        groups.enumerated().map { index, group in
            LineItem(
                label: "layer \(group.name), \(group.neurons.map(String.init).joined(separator: " and ")) neurons"
                    + (index == selectedGroup ? ", shown" : "")
            ) { model, _ in
                let effects = model.selectGroup(index)
                return model.screen == .models ? effects + model.show(.align) : effects
            }
        }
    }

    /// The fields of a form that have an effect.
    func items(of form: FormID) -> [LineItem] {
        rows(of: form).enumerated().compactMap { index, row in
            row.isDisabled
                ? nil
                : LineItem(label: row.sentence) { model, now in
                    if form == .recipe {
                        model.focus[.fuse] = .form
                        model.fuse.form.selected = index
                    } else {
                        model.focus[.train] = .settings
                        model.train.form.selected = index
                    }
                    return model.perform(.enter, in: form, now: now)
                }
        }
    }

    var trialItems: [LineItem] {
        guard showsTrials else { return [] }
        return fuse.trials.enumerated().map { index, trial in
            let outcome = trial.failure ?? "\(Format.percent(trial.score)), \(Format.duration(trial.seconds))"
            return LineItem(label: "trial \(trial.title): \(outcome)") { model, now in
                model.fuse.selectedTrial = index
                return model.performOnTrials(.enter, now: now)
            }
        }
    }

    private func entries(of browser: FileBrowser) -> [LineItem] {
        browser.shown.enumerated().map { index, entry in
            let mark = browser.marked.firstIndex(of: entry.path).map { ", marked as \(Letters.letter($0))" } ?? ""
            return LineItem(
                label: Text.printable(entry.name) + (entry.kind == .folder ? ", a folder" : ", \(Format.bytes(entry.bytes))") + mark
            ) { model, now in
                guard case .browser(var browser) = model.overlay else { return [] }
                browser.selected = index
                return model.show(browser) + model.perform(.enter, now: now)
            }
        }
    }
}

extension Form.Row {
    /// The row as it is read out.
    var sentence: String {
        let value =
            switch control {
            case .choice(let words, let index, let count): count > 1 ? "\(words), \(index + 1) of \(count)" : words
            case .slider(let words, _), .words(let words): words
            case .flag(let isOn): isOn ? "on" : "off"
            }
        return "\(label): \(value)" + (note.isEmpty ? "" : " (\(note))") + (isChanged ? ", changed" : "")
    }
}
