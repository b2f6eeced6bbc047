import Fusion
import Screen
import Training

/// Something of the screen that a number chooses where there is no picture.
struct LineItem {
    var label: String
    var choose: (inout Model, Double) -> [Effect]
}

extension Model {
    /// What the screen offers to choose from, in the order it is read out.
    var lineItems: [LineItem] {
        if case .browser(let browser) = overlay { return entries(of: browser) }
        switch screen {
        case .models:
            return sampleSets.enumerated().map { index, set in LineItem(label: "sample set: \(set.title)") { $0.openSet(index, now: $1) }
            } + layerItems
        case .align: return layerItems + matchItems
        case .neurons: return layerItems + neuronItems
        case .fuse: return fieldItems + trialItems
        case .train: return knobItems
        case .compare:
            return compare.sorted.enumerated().map { index, run in
                LineItem(label: sentence(of: run)) { model, _ in
                    model.compare.selected = index
                    model.status = Status(level: .info, text: "Selected: \(model.runSentence)")
                    return model.lookAtRuns()
                }
            }
        }
    }

    private var layerItems: [LineItem] {
        groups.enumerated().map { index, group in
            LineItem(
                label: "layer \(group.name), \(group.neurons.map(String.init).joined(separator: " to ")) neurons"
                    + (index == selectedGroup ? ", shown" : "")
            ) { model, _ in
                let effects = model.selectGroup(index)
                if model.screen == .models { return effects + model.show(.align) }
                return effects
            }
        }
    }

    private var matchItems: [LineItem] {
        guard let coupling else { return [] }
        let letter = parentLetter(coupling.parent)
        return coupling.analysis.matches.prefix(10).map { match in
            LineItem(label: "match \(letter)\(match.row) to F\(match.column), \(Formatting.percent(match.share)) of its row") { model, _ in
                model.place(row: match.row, column: match.column)
                model.status = Status(level: .info, text: model.announcement)
                return []
            }
        }
    }

    private var neuronItems: [LineItem] {
        guard let owner = neuronOwner else { return [] }
        return neuronOrder(of: owner).prefix(10).map { neuron in
            LineItem(label: "neuron \(ownerLetter(owner.role))\(neuron)") { model, now in
                model.neurons.neuron = neuron
                return model.performOnNeurons(.announce, now: now)
            }
        }
    }

    private var fieldItems: [LineItem] {
        formFields.enumerated().compactMap { index, field in
            let row = formRow(field)
            // What has no effect now would only be in the way of the ear.
            return row.isDisabled
                ? nil
                : LineItem(label: row.sentence) { model, now in
                    model.focus[.fuse] = .form
                    model.fuse.field = index
                    return model.performOnForm(.open, now: now)
                }
        }
    }

    private var trialItems: [LineItem] {
        guard showsTrials else { return [] }
        return fuse.trials.enumerated().map { index, trial in
            LineItem(
                label: "tried \(trial.title): "
                    + (trial.failure ?? "\(Formatting.percent(trial.score)), \(Formatting.seconds(trial.seconds))")
            ) { model, now in
                model.fuse.selectedTrial = index
                return model.performOnTrials(.open, now: now)
            }
        }
    }

    private var knobItems: [LineItem] {
        knobRows.enumerated().compactMap { index, row in
            row.isDisabled
                ? nil
                : LineItem(label: row.sentence) { model, now in
                    model.focus[.train] = .settings
                    model.train.form.selected = index
                    return model.performOnTrain(.open, now: now)
                }
        }
    }

    private func entries(of browser: Browser) -> [LineItem] {
        browser.shown.enumerated().map { index, entry in
            let mark = browser.marked.firstIndex(of: entry.path).map { ", marked as \(FusionLetters.letter($0))" } ?? ""
            return LineItem(
                label: Text.printable(entry.name) + (entry.kind == .folder ? ", a folder" : ", \(Formatting.bytes(entry.bytes))") + mark
            ) { model, now in
                guard case .browser(var browser) = model.overlay else { return [] }
                browser.selected = index
                return model.show(browser) + model.perform(.open, now: now)
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
