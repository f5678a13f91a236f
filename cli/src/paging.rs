//! Lists as a whole, read page by page.

use fanner_client::Error;
use fanner_model::Page;

/// All items of a list, whose `page` after a key is asked for until there is none.
pub(crate) async fn all<T>(page: impl AsyncFn(Option<&str>) -> Result<Page<T>, Error>) -> Result<Vec<T>, Error> {
    let Page { mut items, mut next } = page(None).await?;
    while let Some(after) = next {
        let further = page(Some(&after)).await?;
        items.extend(further.items);
        next = further.next;
    }
    Ok(items)
}
