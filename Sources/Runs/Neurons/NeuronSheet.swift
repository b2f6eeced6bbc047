/// One image in shades of grey, 0…1, row by row.
package struct SampleImage: Equatable, Sendable {
    package var rows: Int
    package var columns: Int
    package var values: [Float]
    /// Its class, where it is known.
    package var label: Int?

    package init(rows: Int, columns: Int, values: [Float], label: Int? = nil) {
        self.rows = rows
        self.columns = columns
        self.values = values
        self.label = label
    }
}

/// Incoming weights as pictures, one for each neuron, channels averaged.
package struct WeightImages: Equatable, Sendable {
    package var rows: Int
    package var columns: Int
    /// [neurons][rows × columns]
    package var values: [[Float]]

    package init(rows: Int, columns: Int, values: [[Float]]) {
        self.rows = rows
        self.columns = columns
        self.values = values
    }
}

/// What the neurons of a group did on the samples used.
package struct NeuronActivity: Equatable, Sendable {
    /// A sample and how strongly it moved a neuron.
    package struct Top: Equatable, Sendable {
        package var sample: Int
        package var value: Float

        package init(sample: Int, value: Float) {
            self.sample = sample
            self.value = value
        }
    }

    /// Neurons whose output, after the nonlinearity, was the same for every sample.
    package var dead: [Bool]
    /// For each neuron the samples that moved it most, strongest first.
    package var top: [[Top]]
    package var samples: Int

    package init(dead: [Bool], top: [[Top]], samples: Int) {
        self.dead = dead
        self.top = top
        self.samples = samples
    }
}

/// What is known of the neurons of one group of one network.
package struct NeuronSheet: Equatable, Sendable {
    /// One score for each neuron.
    package var scores: [Double]
    /// The parts of the scores that each class's samples give, [classes][neurons]; empty where scores use no samples.
    package var byClass: [[Double]]
    /// Norm of each neuron's incoming weights.
    package var fanIn: [Double]
    /// nil where there are no samples.
    package var activity: NeuronActivity?
    /// What a neuron of the first layer sees; nil for deeper layers.
    package var weights: WeightImages?

    package init(
        scores: [Double], byClass: [[Double]] = [], fanIn: [Double] = [], activity: NeuronActivity? = nil, weights: WeightImages? = nil
    ) {
        self.scores = scores
        self.byClass = byClass
        self.fanIn = fanIn
        self.activity = activity
        self.weights = weights
    }
}
