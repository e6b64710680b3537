use super::*;

#[test]
fn each_page_has_its_address() {
    assert_eq!(works(), "/");
    assert_eq!(work(7), "/works/7");
    assert_eq!(history(7), "/works/7/history");
    assert_eq!(version(7, 3), "/works/7/history/3");
    assert_eq!(chapter(7, 9), "/works/7/chapters/9");
    assert_eq!(chapter_run(7, 9, 11), "/works/7/chapters/9?run=11");
    assert_eq!(translation(11), "/translations/11");
    assert_eq!(account(), "/account");
}

#[test]
fn a_list_begins_at_the_cursor_in_its_address() {
    assert_eq!(work_page(7, "a+b"), "/works/7?cursor=a%2Bb");
    assert_eq!(history_page(7, "c"), "/works/7/history?cursor=c");
    assert_eq!(users(Some("c")), "/users?cursor=c");
    assert_eq!(users(None), "/users");
    assert_eq!(tokens(Some("c")), "/tokens?cursor=c");
    assert_eq!(tokens(None), "/tokens");
}

#[test]
fn an_empty_search_is_not_in_the_address_of_the_works() {
    assert_eq!(works_page("銀河", Some("c")), "/?query=%E9%8A%80%E6%B2%B3&cursor=c");
    assert_eq!(works_page("", Some("c")), "/?cursor=c");
    assert_eq!(works_page("", None), "/");
}

#[test]
fn a_comparison_names_its_view_only_if_the_person_chose_one() {
    assert_eq!(compare(7, 1, 3, None), "/works/7/compare?from=1&to=3");
    assert_eq!(compare(7, 1, 3, Some(true)), "/works/7/compare?from=1&to=3&view=split");
    assert_eq!(compare(7, 1, 3, Some(false)), "/works/7/compare?from=1&to=3&view=unified");
}

#[test]
fn the_audit_log_has_its_filter_in_the_address() {
    let filter = [("who", Some("user-1".to_owned())), ("action", None), ("work", Some("7".to_owned()))];
    assert_eq!(audit(&filter), "/audit?who=user-1&work=7");
    assert_eq!(audit(&[]), "/audit");
}

#[test]
fn the_sign_in_page_gets_the_next_address_with_its_query_as_one_value() {
    assert_eq!(sign_in("/works/7?cursor=a%26b"), "/sign-in?next=%2Fworks%2F7%3Fcursor%3Da%2526b");
    assert_eq!(sign_in("/"), "/sign-in", "the start is the default");
    assert_eq!(sign_in(""), "/sign-in");
}

#[test]
fn a_query_keeps_the_order_of_its_parameters_and_leaves_out_absent_ones() {
    let parameters = [("b", Some("2")), ("none", None), ("a", Some("1")), ("empty", Some(""))];
    assert_eq!(with_query("/x".to_owned(), &parameters), "/x?b=2&a=1&empty=");
    assert_eq!(with_query("/x".to_owned(), &[("a", None::<&str>)]), "/x");
}

#[test]
fn a_query_encodes_everything_but_unreserved_characters() {
    let encoded = |value: &str| with_query(String::new(), &[("v", Some(value))]);
    assert_eq!(encoded("aZ09-._~"), "?v=aZ09-._~");
    assert_eq!(encoded("a b+c&d=e/f?g#h%i"), "?v=a%20b%2Bc%26d%3De%2Ff%3Fg%23h%25i");
    assert_eq!(encoded("夜\n"), "?v=%E5%A4%9C%0A");
}

#[test]
fn after_sign_in_only_addresses_of_the_app_are_followed() {
    let next = |next: &str| safe_next(Some(next.to_owned()));
    for own in ["/", "/works/7?cursor=a%26b", "/works/7#top", "/x?to=//elsewhere.example"] {
        assert_eq!(next(own), own);
    }
    let foreign = [
        "",
        "works",
        "https://elsewhere.example",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        "/\r/elsewhere.example",
        " /works",
        "javascript:alert(1)",
    ];
    for foreign in foreign {
        assert_eq!(next(foreign), "/", "{foreign:?}");
    }
    assert_eq!(safe_next(None), "/");
}

#[test]
fn a_query_string_is_split_into_names_and_encoded_values() {
    let split = |search: &str| split_query(search).collect::<Vec<_>>();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(split("a=1&b=x%2526y"), [pair("a", "1"), pair("b", "x%2526y")]);
    assert_eq!(split("q=two+words&w=1%2B1"), [pair("q", "two%20words"), pair("w", "1%2B1")]);
    assert_eq!(split("empty=&name&a=b=c"), [pair("a", "b=c")], "empty values count as absent");
    assert_eq!(split(""), []);
}

/// In the browser, because `ParamsMap` and `Url` call its functions.
#[cfg(target_arch = "wasm32")]
mod browser {
    use super::*;
    use leptos_router::location::{BrowserUrl, LocationProvider};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_value_of_the_query_is_decoded_once() {
        let query: SignInQuery = read_query("next=%2Fworks%2F7%3Fcursor%3Da%2526b");
        assert_eq!(query.next.as_deref(), Some("/works/7?cursor=a%26b"));
        let query: WorksQuery = read_query("query=two+words%2B%E5%A4%9C&cursor=");
        assert_eq!(query, WorksQuery { query: Some("two words+夜".to_owned()), cursor: None });
    }

    #[wasm_bindgen_test]
    fn a_built_query_reads_as_the_same_values() {
        for value in ["a b+c&d=e/f?g#h%i", "%2526", "夜の川", "/works/7?cursor=x%26y"] {
            let address = works_page(value, None);
            let search = address.strip_prefix("/?").expect("it has a query");
            assert_eq!(read_query::<WorksQuery>(search).query.as_deref(), Some(value));
        }
    }

    #[wasm_bindgen_test]
    fn a_query_with_a_value_of_the_wrong_type_is_the_default() {
        assert_eq!(read_query::<ChapterQuery>("run=11"), ChapterQuery { run: Some(11) });
        assert_eq!(read_query::<ChapterQuery>("run=eleven"), ChapterQuery::default());
        assert_eq!(read_query::<CompareQuery>("from=1&to=x&view=split"), CompareQuery::default());
    }

    #[wasm_bindgen_test]
    fn a_url_is_written_as_path_and_query() {
        let url = |text: &str| BrowserUrl::parse(text).expect("it is a URL");
        assert_eq!(address(&url("/works/7?cursor=a%26b")), "/works/7?cursor=a%26b");
        assert_eq!(address(&url("/works/7")), "/works/7");
    }
}
