import Fusion
import Screen

extension Model {
    mutating func receive(_ event: JobEvent, ticket: Int, now: Double) -> [Effect] {
        guard let running = jobs.running[ticket] else { return [] }
        if case .progress(let fraction, let words) = event {
            jobs.running[ticket]?.fraction = max(running.fraction, min(1, fraction.isFinite ? fraction : 0))
            jobs.running[ticket]?.words = words
            heard(ticket, now: now)
            return []
        }
        if case .training(let told) = event {
            receive(told, now: now)
            heard(ticket, now: now)
            if let live = train.live { jobs.running[ticket]?.fraction = max(running.fraction, live.fraction) }
            return []
        }
        if case .tried(let trial) = event {
            receive(trial)
            heard(ticket, now: now)
            return []
        }
        jobs.running[ticket] = nil
        switch event {
        case .progress, .tried: return []
        case .samples(let sets): return receiveSamples(sets, now: now)
        case .opened(let parents): return receiveOpened(parents, now: now)
        case .measured(let accuracies):
            guard case .ready(var parents) = opened else { return [] }
            for (index, accuracy) in accuracies.enumerated() where parents.parents.indices.contains(index) {
                parents.parents[index].accuracy = accuracy
            }
            opened = .ready(parents)
            measureSeconds = max(0, now - running.began)
            return []
        case .planned(let picture):
            guard case .plan(let recipe, _) = running.job else { return [] }
            return receivePlan(picture, recipe: recipe, now: now)
        case .arranged(let order):
            guard case .arrange(let group, let parent, let plan) = running.job else { return [] }
            receiveOrder(order, group: group, parent: parent, plan: plan)
            return []
        case .neurons(let picture):
            guard case .neurons(let request) = running.job, request.recipe.parents == recipe.parents else { return [] }
            return receiveNeurons(picture)
        case .listed(let listing): return receive(listing)
        case .inspected(let preview):
            receive(preview)
            return []
        case .fused(let result):
            forgetNeurons()
            fuse.result = result
            fuse.took[result.recipe.method.id] = result.fuseSeconds
            if !result.trials.isEmpty { fuse.trials = result.trials }
            say(.ok, fusedSentence(result), now: now)
            say(.command, result.recipe.command(), now: now)
            for note in result.notes { log.append(LogEntry(level: .info, text: note, time: now)) }
            return lookAtNeurons() + (screen == .compare ? loadRuns() : [])
        case .training: return []
        case .barrier(let picture):
            fuse.barrier = picture
            let heights = picture.curves.map { "\($0.name) \(HeatMap.number($0.lossBarrier))" }.joined(separator: ", ")
            say(.ok, "Loss barrier: \(heights)", now: now)
            return []
        case .tuned(let result): return receiveTuned(result, now: now)
        case .runs(let rows):
            compare.readAt = now
            return receiveRuns(rows)
        case .account(let detail):
            compare.details[detail.id] = detail
            return []
        case .deleted(let id):
            compare.details[id] = nil
            compare.marked.removeAll { $0 == id }
            if train.shown == id { train.shown = nil }
            say(.ok, "\(id) is deleted", now: now)
            return loadRuns()
        case .reported(let path):
            say(.ok, "Written into \(path)", now: now)
            return []
        case .reportExists(let runs, let path):
            overlay = .confirm(Confirmation(question: Self.overwriteQuestion(path), deed: .overwriteReport(runs, path: path)))
            return []
        case .failed(let reason): return receiveFailure(reason, of: running.job, now: now)
        case .cancelled:
            if case .tune = running.job {
                train.live?.phase = .ended("cancelled")
                say(.warn, "The fine-tuning was cancelled; nothing was kept. t starts it again", now: now)
            }
            if case .fuse = running.job { say(.warn, "The fusion was cancelled; nothing was kept. F starts it again", now: now) }
            return []
        }
    }

    private mutating func heard(_ ticket: Int, now: Double) {
        jobs.running[ticket]?.heard = now
        jobs.running[ticket]?.isWarned = false
    }

    private mutating func receiveSamples(_ sets: [SampleSetSummary], now: Double) -> [Effect] {
        samples = .ready(sets)
        clampSelections()
        guard named.isEmpty else { return [] }
        guard !sets.isEmpty else {
            say(.warn, "No sample models were found: run amalgam samples build, or name parents: amalgam A B", now: now)
            return []
        }
        return openSet(selectedSet, now: now)
    }

    private mutating func receiveOpened(_ parents: OpenedParents, now: Double) -> [Effect] {
        opened = .ready(parents)
        selectedGroup = returning.flatMap { place in groups.firstIndex { $0.name == place.group } } ?? 0
        // How plans are looked at stays; where in them does not.
        var look = AlignState()
        (look.order, look.scale, look.pooling, look.threshold) = (align.order, align.scale, align.pooling, align.threshold)
        look.parent = returning?.parent ?? 0
        align = look
        plans = [:]
        planProblems = [:]
        fuse.result = nil
        fuse.barrier = nil
        fuse.trials = []
        fuse.selectedTrial = nil
        fuse.took = [:]
        forgetNeurons()
        if let mismatch = parents.mismatch {
            say(.error, "These parents cannot be fused: \(mismatch)", now: now)
            return []
        }
        restored = nil
        let names = parents.parents.map { Formatting.name($0.name, room: 16) }.joined(separator: ", ")
        say(.ok, "Opened \(names) · 2 plan · 4 recipe · F fuse", now: now)
        return [jobs.start(.measure(recipe), now: now)] + replan() + lookAtNeurons()
    }

    private mutating func receivePlan(_ picture: GroupSnapshot, recipe: Recipe, now: Double) -> [Effect] {
        let before = plans[picture.group]
        let numbers = before?.recipe == recipe ? before?.previous : before.flatMap { self.numbers(of: $0.picture) }
        // The order of another plan is another; the cursor stays on its pair of neurons.
        let entry = before != nil && picture.group == group?.name ? cursorEntry : nil
        plans[picture.group] = PlannedGroup(
            picture: picture, recipe: recipe, previous: numbers, before: before?.recipe == recipe ? before?.before : before?.picture)
        planProblems[picture.group] = nil
        clampCursor()
        if let entry { place(row: entry.row, column: entry.column) }
        if before == nil, picture.group == group?.name { returnOrJump() }
        return replan() + arrange()
    }

    /// To where the last session left the cursor, else to the strongest pair.
    private mutating func returnOrJump() {
        guard let place = returning, place.group == group?.name, let row = place.row, let column = place.column else {
            return jumpToStrongest()
        }
        returning = nil
        align.parent = place.parent
        self.place(row: row, column: column)
        clampCursor()
    }

    private mutating func receiveFailure(_ reason: String, of job: Job, now: Double) -> [Effect] {
        say(.error, reason, now: now)
        switch job {
        case .samples: samples = .failed(reason)
        case .open: opened = .failed(reason)
        case .plan(let recipe, let group):
            planProblems[group] = PlanProblem(recipe: recipe, reason: reason)
            return replan()
        case .neurons(let request):
            neurons.problems[NeuronState.Key(group: request.group, score: request.score)] = reason
        case .browse, .inspect: receiveFileFailure(reason, of: job)
        case .tune:
            train.live?.phase = .failed(reason)
            status = Status(level: .error, text: "\(reason) · t tries again")
        case .runs: compare.rows = .failed(reason)
        case .measure, .fuse, .arrange, .account, .delete, .report, .barrier: break
        }
        return []
    }

    func numbers(of picture: GroupSnapshot) -> PlanNumbers? {
        guard let coupling = picture.couplings.first(where: { $0.parent == align.parent }) ?? picture.couplings.first else { return nil }
        return PlanNumbers(
            effectiveMatches: coupling.analysis.effectiveMatches, transportCost: coupling.transportCost,
            clearShare: coupling.analysis.clearShare,
            certificate: Formatting.certificate(coupling), kept: picture.kept)
    }

    private func fusedSentence(_ result: FusionResult) -> String {
        func percent(_ role: ResultRow.Role) -> String? {
            result.rows.first { $0.role == role }.flatMap { $0.accuracy.map(Formatting.percent) ?? $0.measured }
        }
        let parents = result.rows.filter { $0.role == .parent }.enumerated().compactMap { index, row in
            (row.accuracy.map(Formatting.percent) ?? row.measured).map { "\(FusionLetters.letter(index)) \($0)" }
        }
        let parts =
            [percent(.fused).map { "fused \($0)" }] + parents + [
                percent(.ensemble).map { "ensemble \($0)" }, percent(.average).map { "plain average \($0)" },
            ]
        if let best = bestTrial, !result.trials.isEmpty {
            return "Chosen in \(Formatting.seconds(result.fuseSeconds)): \(result.trials[best].title)"
                + (percent(.fused).map { ", \($0)" } ?? "") + " · ! tells why"
        }
        let measured = parts.compactMap(\.self)
        return "Fused in \(Formatting.seconds(result.fuseSeconds))"
            + (measured.isEmpty ? "; there is no data to measure it on" : ": " + measured.joined(separator: " · "))
    }

    // MARK: Starting

    mutating func open(_ recipe: Recipe) -> Effect {
        history.restart(recipe)
        opened = .waiting
        plans = [:]
        planProblems = [:]
        return jobs.start(.open(recipe.parents))
    }

    mutating func openSet(_ index: Int, now: Double) -> [Effect] {
        guard sampleSets.indices.contains(index) else { return [] }
        let set = sampleSets[index]
        var chosen = set.recipe
        chosen.seed = recipe.seed
        selectedSet = index
        return [open(chosen)]
    }

    /// Plans what is older than the recipe: the shown group first, then the others one by one.
    mutating func replan() -> [Effect] {
        guard canFuse, let group else { return [] }
        let next = ([group] + groups).first { plans[$0.name]?.recipe != recipe && planProblems[$0.name]?.recipe != recipe }
        guard let next else { return [] }
        return [jobs.start(.plan(recipe, group: next.name))]
    }

    mutating func selectGroup(_ index: Int) -> [Effect] {
        guard !groups.isEmpty else {
            status = Status(level: .info, text: "No layers yet: open parents on screen 1")
            return []
        }
        let next = max(0, min(groups.count - 1, index))
        guard next != selectedGroup else {
            status = Status(level: .info, text: index < 0 ? "This is the first layer" : "This is the last layer")
            return []
        }
        selectedGroup = next
        align.origins = []
        align.row = 0
        align.column = 0
        align.selectedMatch = 0
        align.corner = nil
        jumpToStrongest()
        takeSelectionFromMap()
        status = Status(
            level: .info, text: "Layer \(groups[next].name): \(groups[next].neurons.map(String.init).joined(separator: " ↔ ")) neurons")
        return replan() + arrange() + lookAtNeurons()
    }

    mutating func startFusion(now: Double) -> [Effect] {
        guard fusion == nil else {
            status = Status(level: .info, text: "A fusion is running; x cancels it")
            return []
        }
        guard tuning == nil else {
            status = Status(level: .info, text: "A fine-tuning is running; x on screen 5 stops it and keeps what it has reached")
            return []
        }
        guard canFuse else {
            status = Status(
                level: .warn,
                text: opened.value?.mismatch.map { "These parents cannot be fused: \($0)" }
                    ?? "Nothing to fuse yet: open parents on screen 1")
            return []
        }
        screen = .fuse
        if recipe.method == Automatic.method {
            fuse.trials = []
            fuse.selectedTrial = nil
        }
        if layout.mode == .single { focus[.fuse] = recipe.method == Automatic.method ? .trials : .results }
        say(.info, "Fusing \(recipe.parents.count) parents by \(recipeWords)", now: now)
        return [jobs.start(.fuse(recipe), now: now)]
    }

    mutating func measureBarrier() -> [Effect] {
        guard canFuse, recipe.parents.count == 2 else {
            status = Status(
                level: .warn,
                text: canFuse
                    ? "A segment lies between two parents; there are \(recipe.parents.count)"
                    : "No barrier yet: open two parents on screen 1")
            return []
        }
        guard recipe.evaluation != nil else {
            status = Status(level: .warn, text: "Name data in the field “measured on” first")
            return []
        }
        status = Status(level: .info, text: "Measuring the segment between the parents …")
        return [jobs.start(.barrier(recipe))]
    }

    /// The job that takes long and that a key stops.
    var busy: Jobs.Running? { fusion ?? tuning }

    mutating func cancelJob(now: Double) -> [Effect] {
        if let busy, busy.isCancelling { return offerToAbandon(busy, now: now) }
        if tuning != nil { return stopTuning(keeps: true, now: now) }
        guard let fusion else {
            status = Status(level: .info, text: "Nothing is running")
            return []
        }
        jobs.running[fusion.ticket]?.isCancelling = true
        jobs.running[fusion.ticket]?.cancelledAt = now
        say(.warn, "Cancelling …", now: now)
        return [.cancel(ticket: fusion.ticket)]
    }

    /// A worker looks between two steps whether it is to stop; one that does not come to the next can only be left alone.
    private mutating func offerToAbandon(_ busy: Jobs.Running, now: Double) -> [Effect] {
        let waited = busy.cancelledAt.map { StallDetector.words(now - $0) } ?? "a while"
        overlay = .confirm(
            Confirmation(
                question:
                    "\(busy.job.title.prefix(1).uppercased() + busy.job.title.dropFirst()) was told to stop \(waited) ago and has not come to its next step. Abandon it? Its worker goes on unseen until that step, with a core and its memory; what it makes is thrown away.",
                deed: .abandon(busy.ticket)))
        return []
    }

    mutating func abandon(_ ticket: Int, now: Double) -> [Effect] {
        guard let running = jobs.running[ticket] else {
            status = Status(level: .info, text: "It has stopped meanwhile")
            return []
        }
        jobs.running[ticket] = nil
        if case .tune = running.job { train.live?.phase = .ended("abandoned") }
        say(
            .warn,
            "\(running.job.title.prefix(1).uppercased() + running.job.title.dropFirst()) was abandoned: its worker ends by itself at its next step, and nothing of it is kept",
            now: now)
        return [.abandon(ticket: ticket)]
    }
}
