/// Names of series that are written in one place and read in another.
package enum RunSeries {
    /// The mean loss over the samples of an epoch.
    package static let epochLoss = "loss/training by epoch"
}
